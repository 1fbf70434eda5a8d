/**
 * A path as it stands in an address, encoded segment by segment. API Gateway hands paths over decoded, so that a path may
 * have the end of a header's line in it.
 */
export const encodePath = (path: string): string =>
  path.toWellFormed().split('/').map(encodeURIComponent).join('/');
