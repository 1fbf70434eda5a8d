import { readFileSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CommandError, usageError } from '../ending.ts';
import { noProfiles, type Profiles, ProfilesError, parseProfiles, profilesText } from './parse-profiles.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const isWindows = process.platform === 'win32';

/** Where profiles are kept, by the XDG Base Directory Specification: it ignores a path that is relative. */
export function profilesPath({ JOBCTL_CONFIG, XDG_CONFIG_HOME, APPDATA, HOME }: Environment): string {
  if (JOBCTL_CONFIG) return JOBCTL_CONFIG;
  const own = isWindows ? APPDATA : XDG_CONFIG_HOME;
  const folder = own && isAbsolute(own) ? own : join(HOME || homedir(), '.config');
  return join(folder, 'jobctl', 'profiles.json');
}

/** @returns none if there is no such file. @throws CommandError for one that is damaged, or that others can read */
export function readProfiles(path: string): Profiles {
  const found = readIfThere(path);
  if (found === undefined) return noProfiles;
  try {
    const profiles = parseProfiles(found.text);
    requirePrivate(path, found.stats, profiles);
    return profiles;
  } catch (error) {
    if (!(error instanceof ProfilesError)) throw error;
    throw usageError(`${path} is damaged: ${error.message}. Mend it, or remove it.`);
  }
}

function readIfThere(path: string): { readonly text: string; readonly stats: Stats } | undefined {
  try {
    return { text: readFileSync(path, 'utf8'), stats: statSync(path) };
  } catch (error) {
    const { code }: { readonly code?: unknown } = Object(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw usageError(`${path} cannot be read (${code}).`);
  }
}

/**
 * As ssh does. A user who can write an address there would be sent the key of JOB_KEY's owner. On Windows, modes mean
 * nothing.
 */
function requirePrivate(path: string, { mode }: Stats, { profiles }: Profiles): void {
  const hasKey = [...profiles.values()].some(({ key }) => key !== undefined);
  if (isWindows || (mode & (hasKey ? 0o077 : 0o022)) === 0) return;
  const what = hasKey ? 'has keys, and others can read or write it' : 'can be written by others';
  throw usageError(`${path} ${what}. It is not used until you have done: chmod 600 ${quoted(path)}`);
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

const lockTries = 100;
const lockPauseMs = 20;

/**
 * Changes the file, whole or not at all. The new file is the lock, as with git: who has made it alone reads, writes and
 * renames it. So of two commands at the same time, the second one reads what the first one wrote.
 * @throws CommandError
 */
export async function changeProfiles(
  path: string,
  change: (profiles: Profiles) => Profiles,
): Promise<Profiles> {
  // A link stays one: some keep such files elsewhere.
  const target = await realpath(path).catch(() => path);
  const next = `${target}.lock`;
  const file = await lock(next);
  try {
    const changed = change(readProfiles(path));
    await file.writeFile(profilesText(changed));
    await file.sync();
    await file.close();
    await rename(next, target);
    return changed;
  } catch (error) {
    await file.close();
    await rm(next, { force: true });
    throw error;
  }
}

async function lock(next: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(next), { recursive: true, mode: 0o700 });
    for (let tries = 0; tries < lockTries; tries += 1) {
      const file = await openIfFree(next);
      if (file) return file;
      await setTimeout(lockPauseMs);
    }
  } catch (error) {
    const { code }: { readonly code?: unknown } = Object(error);
    throw usageError(`${next} cannot be written (${code}).`);
  }
  throw new CommandError(
    'unexpected',
    `Another jobctl changes the profiles, or was killed while it did. If there is none, remove ${next}`,
  );
}

async function openIfFree(next: string): Promise<FileHandle | undefined> {
  try {
    return await open(next, 'wx', 0o600);
  } catch (error) {
    if (Object(error).code === 'EEXIST') return undefined;
    throw error;
  }
}
