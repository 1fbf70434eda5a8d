import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import * as z from 'zod/mini';
import { type RootSecretEntry, rootSecretEntry } from '../../shared/domain/access/access-entry.ts';
import { AccessCommandError } from './manage-keys.ts';

const base64url = (bytes: number) =>
  z.string().check(z.refine((text) => Buffer.from(text, 'base64url').length === bytes));

const saltBytes = 16;
const ivBytes = 12; // what GCM is made for
const tagBytes = 16;

/** What nobody can change without the passphrase, although everybody can read it. */
const header = {
  kind: z.literal('job-worker-root-secret'),
  /** It stands for scrypt with the costs below, AES-256-GCM, and what is encrypted. */
  version: z.literal(1),
  stage: z.string().check(z.minLength(1)),
  exportedAt: z.iso.datetime(),
  salt: base64url(saltBytes),
  iv: base64url(ivBytes),
};

/** A root secret outside of its stage. */
export const rootSecretFile = z.strictObject({
  ...header,
  /** The entry of the access table, as JSON, encrypted. */
  encrypted: z.string(),
  tag: base64url(tagBytes),
});
type RootSecretFile = z.infer<typeof rootSecretFile>;
type Header = Omit<RootSecretFile, 'encrypted' | 'tag'>;

/** 128 MB and some tenths of a second for each try of a passphrase. */
const costs = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const keyBytes = 32;
export const minPassphrase = 12;

const keyOf = (passphrase: string, salt: string): Buffer =>
  // A keyboard may write one letter in two ways.
  scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), keyBytes, costs);

const authenticated = ({ kind, version, stage, exportedAt, salt, iv }: Header): Buffer =>
  Buffer.from(JSON.stringify([kind, version, stage, exportedAt, salt, iv]));

interface Exported {
  readonly root: RootSecretEntry;
  readonly stage: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The text of a file with the root secret, which this passphrase opens. @throws AccessCommandError if that is too short
 */
export function sealRootSecret({ root, stage, now }: Exported, passphrase: string): string {
  if (passphrase.length < minPassphrase)
    throw new AccessCommandError(`The passphrase is too short: it has at least ${minPassphrase} characters.`);
  const about: Header = {
    kind: 'job-worker-root-secret',
    version: 1,
    stage,
    exportedAt: new Date(now).toISOString(),
    salt: randomBytes(saltBytes).toString('base64url'),
    iv: randomBytes(ivBytes).toString('base64url'),
  };
  const cipher = createCipheriv(
    'aes-256-gcm',
    keyOf(passphrase, about.salt),
    Buffer.from(about.iv, 'base64url'),
  );
  cipher.setAAD(authenticated(about));
  const encrypted = Buffer.concat([cipher.update(JSON.stringify(root)), cipher.final()]);
  const file: RootSecretFile = {
    ...about,
    encrypted: encrypted.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** What a file is about, before its passphrase is known. @throws AccessCommandError if it is no such file */
export function readRootSecretFile(text: string): RootSecretFile {
  const { data } = rootSecretFile.safeParse(jsonOrNothing(text));
  if (data) return data;
  throw new AccessCommandError(
    'The file is none that `keys export-root` has written, or one of a later version.',
  );
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws AccessCommandError if the passphrase is another one, or if the file was changed */
export function openRootSecret(file: RootSecretFile, passphrase: string): RootSecretEntry {
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyOf(passphrase, file.salt),
    Buffer.from(file.iv, 'base64url'),
    { authTagLength: tagBytes },
  );
  decipher.setAAD(authenticated(file));
  decipher.setAuthTag(Buffer.from(file.tag, 'base64url'));
  const text = decrypted(() =>
    Buffer.concat([decipher.update(Buffer.from(file.encrypted, 'base64url')), decipher.final()]),
  );
  return rootSecretEntry.parse(JSON.parse(text.toString()));
}

function decrypted(decrypt: () => Buffer): Buffer {
  try {
    return decrypt();
  } catch (cause) {
    throw new AccessCommandError('The passphrase is wrong, or the file was changed.', { cause });
  }
}
