import type { HttpRequest } from './http-types.ts';

/** What stands before every path of the API: the mapping of its domain, which API Gateway takes away. Mostly empty. */
export const publicPathOf = ({ publicUrl }: Pick<HttpRequest, 'publicUrl'>): string =>
  publicUrl.replace(/^https:\/\/[^/]+/, '');

/**
 * A path as it stands in an address, encoded segment by segment. API Gateway hands paths over decoded, so that a path
 * may have the end of a header's line in it.
 */
export const encodePath = (path: string): string =>
  path.toWellFormed().split('/').map(encodeURIComponent).join('/');

/**
 * A path without the slashes at its end. A regular expression begins anew at each slash of a long row: that is
 * quadratic.
 */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
