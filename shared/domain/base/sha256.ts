import { type BinaryToTextEncoding, hash } from 'node:crypto';

/** The SHA-256 of a text, as UTF-8, or of bytes: 43 characters in base64url, 64 in hex. */
export const sha256 = (content: string | Uint8Array, encoding: BinaryToTextEncoding = 'base64url'): string =>
  hash('sha256', content, encoding);
