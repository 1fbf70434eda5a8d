import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../usage-error.ts';

/** A version of the project in git. */
export interface OldVersion {
  /** As people call it. */
  readonly ref: string;
  readonly commit: string;
  /** The folder of the catalog that is compared: with the samples, if there are some in both versions. */
  readonly catalog: string;
}

/** There is nothing to compare with, and nobody has named a version. */
export interface NoBase {
  readonly noBase: string;
}

/** Runs git in the project. @throws an error with what git says */
export async function git(projectDir: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: projectDir });
    return stdout.trim();
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const [said = ''] = stderr.split('\n');
    throw new Error(code === 'ENOENT' ? 'git is not installed' : said || 'git failed', { cause: error });
  }
}

/** @returns what the promise comes to, or the error */
const attempt = <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

/**
 * The version that is asked for, else the last release.
 * @throws UsageError if there is no such version, or if it has no contracts
 */
export async function findOldVersion(
  projectDir: string,
  from: string | undefined,
): Promise<OldVersion | NoBase> {
  const repository = await attempt(git(projectDir, 'rev-parse', '--git-dir'));
  if (repository instanceof Error) {
    if (from !== undefined) throw new UsageError(`"${from}" cannot be found: ${repository.message}`);
    return { noBase: `there is no history here: ${repository.message}` };
  }
  const ref = from ?? (await lastRelease(projectDir));
  if (ref === undefined) return { noBase: await noRelease(projectDir) };
  const commit = await attempt(
    git(projectDir, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`),
  );
  if (commit instanceof Error) throw new UsageError(`there is no version "${ref}" in this repository`);
  const contracts = await attempt(git(projectDir, 'cat-file', '-e', `${commit}:./job-types/contracts.ts`));
  if (contracts instanceof Error) throw new UsageError(`the version ${ref} has no job-types/contracts.ts`);
  const samples = 'examples/contracts.ts';
  const older = await attempt(git(projectDir, 'cat-file', '-e', `${commit}:./${samples}`));
  const hasSamples = existsSync(join(projectDir, samples)) && !(older instanceof Error);
  return { ref, commit, catalog: hasSamples ? 'examples' : 'job-types' };
}

async function lastRelease(projectDir: string): Promise<string | undefined> {
  const tag = await attempt(git(projectDir, 'describe', '--tags', '--abbrev=0', '--match', 'v*'));
  return tag instanceof Error ? undefined : tag;
}

/** A build often has a clone without tags. Nobody should take that for a comparison. */
async function noRelease(projectDir: string): Promise<string> {
  const isShallow = await attempt(git(projectDir, 'rev-parse', '--is-shallow-repository'));
  return isShallow === 'true'
    ? 'no release tag (v*) in this clone, which lacks a part of the history: git fetch --unshallow --tags'
    : 'no release tag (v*) in this repository: git fetch --tags, or name a version with --from <ref>';
}
