import { randomInt } from 'node:crypto';
import { type ApiKey, keyIdLength, keySecretLength } from '../../shared/domain/access/api-key.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `randomInt` is uniform: the remainder of a random byte would prefer the first characters. */
const randomText = (length: number): string =>
  Array.from({ length }, () => base62.charAt(randomInt(base62.length))).join('');

export const newSecret = (): string => randomText(keySecretLength);
export const newApiKey = (): ApiKey => ({ id: randomText(keyIdLength), secret: newSecret() });
