/**
 * What every answer tells a browser: to take it for nothing but what its type says, to keep pages of other sites apart
 * from ours, and to come by https for a year. Where the request came by http, as to `npm start`, RFC 6797 (7.2) forbids
 * the last.
 */
export const securityHeaders = (protocol: string | undefined): Readonly<Record<string, string>> => ({
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  ...(protocol === 'https' ? { 'strict-transport-security': 'max-age=31536000' } : {}),
});
