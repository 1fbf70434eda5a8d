import type { HttpRequest } from './http-types.ts';

/** What stands before every path of the API: the mapping of its domain, which API Gateway takes away. Mostly empty. */
export const publicPathOf = ({ publicUrl }: Pick<HttpRequest, 'publicUrl'>): string =>
  publicUrl.replace(/^https:\/\/[^/]+/, '');

/**
 * A path as it stands in an address, encoded segment by segment. API Gateway hands paths over decoded, so that a path may
 * have the end of a header's line in it.
 */
export const encodePath = (path: string): string =>
  path.toWellFormed().split('/').map(encodeURIComponent).join('/');
