import { git, loadedBy, touchedSince } from '../source-graph.ts';

/**
 * What is dear is played by `npm test` in shares: with one more commit, the next one. These are the faults of the calls of every
 * scenario, and the undisturbed runs with the mutants that are harmless. All else is always played: each scenario undisturbed, and
 * an eighth of the seeds. Mutants that can be caught take turns as dear tables do (`tests/turns.ts`). So many that a share is some 15,000 runs: they take two minutes of a core.
 */
export const shares = 40;
/** Of a change that reaches more than half of the files, such as one of the protocol: all of them would take an hour. */
const sharesOfMuch = 10;

const dayMs = 24 * 3600 * 1000;

interface Share {
  readonly number: number;
  /** What has chosen it. */
  readonly by: string;
}

/** @throws RangeError if `SHARE` is no share */
export function chosenShare(
  { SHARE }: NodeJS.ProcessEnv,
  ask: typeof git = git,
  now: number = Date.now(),
): Share {
  if (SHARE !== undefined) {
    if (!/^\d+$/.test(SHARE) || Number(SHARE) >= shares)
      throw new RangeError(`SHARE is 0 to ${shares - 1}, not "${SHARE}"`);
    return { number: Number(SHARE), by: 'SHARE' };
  }
  const isWhole = ask('rev-parse', '--is-shallow-repository') === 'false';
  const commits = isWhole ? ask('rev-list', '--count', 'HEAD') : undefined;
  return commits === undefined
    ? { number: Math.floor(now / dayMs) % shares, by: 'the date' }
    : { number: Number(commits) % shares, by: `${commits} commits` };
}

/** Counts cases. @returns whether the next one is in the share */
export function inShare(number: number, of = shares): () => boolean {
  let count = 0;
  return () => {
    count += 1;
    return (count - 1) % of === number % of;
  };
}

/** Beside the file of a scenario: who plays it, and the versions of the libraries. */
const always = ['tests/simulation/enumerate.ts', 'package-lock.json'];
/** The other job types are loaded, and no scenario runs them. */
const isRun = (file: string): boolean =>
  !/^(examples\/|(tests\/)?job-types\/(?!(counting|csv-sums)\/))/.test(file);

/** @returns those that a change of the touched files can reach */
export function reached(files: readonly string[], touched: readonly string[]): ReadonlySet<string> {
  const relevant = touched.filter(isRun);
  const isReached = (file: string): boolean => {
    const loaded = loadedBy([`tests/simulation/${file}.ts`, ...always]);
    return relevant.some((name) => loaded.has(name));
  };
  return new Set(files.filter(isReached));
}

/** What is played of the enumeration. */
export interface Choice {
  /** The files of scenarios of which all faults are played. */
  readonly whole: ReadonlySet<string>;
  /** Of the others. */
  readonly share: number;
  readonly of: number;
  /** For people. */
  readonly text: string;
}

/** @param touched the files that differ between the working tree and the commit before the last one */
export function choose(
  files: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  touched: readonly string[] = touchedSince('HEAD~1') ?? touchedSince('HEAD') ?? [],
): Choice {
  if (env.SIMULATION === 'full') return { whole: new Set(files), share: 0, of: 1, text: 'everything' };
  const { number, by } = chosenShare(env);
  const some = reached(files, touched);
  const isMuch = some.size > files.length / 2;
  const of = isMuch ? sharesOfMuch : shares;
  const share = number % of;
  const what = isMuch ? `, since ${some.size} of ${files.length} files were touched` : listOf(some);
  return {
    whole: isMuch ? new Set() : some,
    share,
    of,
    text: `share ${share} of 0 to ${of - 1}, by ${by}${what}`,
  };
}

const listOf = (some: ReadonlySet<string>): string =>
  some.size === 0 ? '' : `, and all of what was touched: ${[...some].join(', ')}`;
