import { addressIn, isKey } from '../arguments/parse-address.ts';

/** A system, and as whom to talk to it. */
export interface Profile {
  readonly url: string;
  readonly key?: string | undefined;
}

/** What the file of profiles says. */
export interface Profiles {
  /** The name of the profile that is used if nothing names another one. */
  readonly default?: string | undefined;
  readonly profiles: ReadonlyMap<string, Profile>;
}

export const noProfiles: Profiles = { profiles: new Map() };

/** A shell reads it as it is. */
export const isProfileName = (name: string): boolean => /^[A-Za-z0-9][\w.-]{0,63}$/.test(name);

/** The file is damaged. Its message has the line, or the field, and nothing of a key. */
export class ProfilesError extends Error {
  override readonly name = 'ProfilesError';
}

/** @throws ProfilesError */
export function parseProfiles(text: string): Profiles {
  const { default: chosen, profiles, ...others } = objectIn(jsonIn(text), 'it');
  requireNone(others, '');
  const entries = Object.entries(objectIn(profiles, '`profiles`')).map(([name, value]) => {
    if (!isProfileName(name)) throw new ProfilesError(`"${name}" is no name of a profile`);
    return [name, profileIn(value, `profiles.${name}`)] as const;
  });
  const known = new Map(entries);
  if (chosen !== undefined && !(typeof chosen === 'string' && known.has(chosen)))
    throw new ProfilesError('`default` names no profile of it');
  return { profiles: known, ...(chosen === undefined ? {} : { default: chosen }) };
}

function profileIn(value: unknown, field: string): Profile {
  const { url, key, ...others } = objectIn(value, `\`${field}\``);
  requireNone(others, `${field}.`);
  const address = typeof url === 'string' ? addressIn(url) : undefined;
  if (address === undefined) throw new ProfilesError(`\`${field}.url\` is no address of an API`);
  if (key === undefined) return { url: address };
  if (typeof key !== 'string' || key === '' || !isKey(key))
    throw new ProfilesError(`\`${field}.key\` is no API key`);
  return { url: address, key };
}

function objectIn(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProfilesError(`${name} is no JSON object`);
  return { ...value };
}

/** A newer jobctl may have written what this one would lose. */
function requireNone(others: object, prefix: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ProfilesError(`\`${prefix}${unknown}\` is not known`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The error's own message would show a part of the file.
    throw new ProfilesError(`line ${lineOf(error, text)} is no JSON`);
  }
}

/**
 * Node.js names the line of some errors. For a character in the wrong place, it is the first line up to which there is
 * one.
 */
function lineOf(error: unknown, text: string): number {
  const lines = text.split('\n');
  const named = /\(line (\d+) /.exec(String(error))?.[1];
  if (named !== undefined) return Number(named);
  const at = lines.findIndex((_, index) => isMisplaced(lines.slice(0, index + 1).join('\n')));
  return at === -1 ? lines.length : at + 1;
}

function isMisplaced(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return /Unexpected token/.test(String(error));
  }
}

/** As the file has them. */
export const profilesText = ({ default: chosen, profiles }: Profiles): string =>
  `${JSON.stringify({ default: chosen, profiles: Object.fromEntries(profiles) }, null, 2)}\n`;
