import { sha256 } from '../base/sha256.ts';

/**
 * An API key's text: `sjw_<id>_<secret><checksum>`. Id: 12 characters, secret: 43 (32 bytes), checksum: 6, all of
 * base62, so that a double click selects the whole key, and a scanner for leaked secrets can recognize it.
 */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export const keyIdLength = 12;
export const keySecretLength = 43;
const pattern = /^sjw_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** Not a secret: it tells a mistyped or invented key from a real one without a read. */
const checksumOf = ({ id, secret }: ApiKey): string =>
  sha256(`sjw_${id}_${secret}`, 'base64')
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 6);

export const writeApiKey = (key: ApiKey): string => `sjw_${key.id}_${key.secret}${checksumOf(key)}`;

/** @returns undefined if the text is no key, or its checksum is wrong */
export function readApiKey(text: string): ApiKey | undefined {
  const [, id = '', secret = '', checksum] = pattern.exec(text) ?? [];
  return checksum === checksumOf({ id, secret }) ? { id, secret } : undefined;
}

/** What the access table keeps of a secret. */
export const sha256Of = (secret: string): string => sha256(secret, 'hex');
