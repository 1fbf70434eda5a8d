import { chosenShare, inShare, shares } from './simulation/share.ts';
import { git, loadedBy, touchedSince } from './source-graph.ts';

interface Table {
  readonly tests: string;
  /** What no import leads to, by the ending of its name. */
  readonly ts?: readonly string[];
  readonly cjs?: readonly string[];
}

/**
 * Dear tables of tests, of which `npm test` plays a part: the core of each, and of the rest a tenth, another one with each
 * commit. All of a table is played if anything that it is made of was touched within a day before the last commit, or in the
 * working tree, and in `npm run test:long`. ADR 52 says the same of the simulation. A file with its whole name would count as one
 * that a table that takes turns can reach: tests/changed.
 */
export const tables = {
  'faults in handlers': { tests: 'unit/testkit/faults' },
  'handlers that are right': { tests: 'unit/testkit/right-jobs' },
  'faults in remote jobs': { tests: 'unit/shared/author/remote-survival' },
  'faulty answers of AWS': { tests: 'contract/lean/aws-clients-faults' },
  'mutants of the simulation': {
    tests: 'simulation/mutants',
    ts: ['tests/simulation/part'],
  },
  'saves of npm start': {
    tests: 'integration/npm-start',
    cjs: [
      'infra/packaging/esbuild.config',
      'infra/packaging/evaluated-modules',
      'infra/packaging/event-streams',
      'infra/packaging/native-code',
      'infra/packaging/node-require',
      'infra/packaging/own-code',
    ],
  },
} as const satisfies Readonly<Record<string, Table>>;
export type TableName = keyof typeof tables;

export const tableNames = Object.keys(tables).filter((name): name is TableName => name in tables);

/** A row that is not of the core is played by every tenth commit. */
export const turns = 10;

/** @returns the files that lead to all that a table is made of */
export function startsOf(name: TableName): readonly string[] {
  const { tests, ts = [], cjs = [] }: Table = tables[name];
  return [`tests/${tests}.test.ts`, ...ts.map((each) => `${each}.ts`), ...cjs.map((each) => `${each}.cjs`)];
}

/** The versions of the libraries, and this rule. */
const always = ['package-lock.json', 'tests/turns.ts', 'tests/simulation/share.ts'];

/**
 * A landing has many commits, and nobody runs the tests after each.
 * @returns what was touched within a day before the last commit, and in the working tree; undefined if that is not known
 */
export function touchedOfLate(ask: typeof git = git): readonly string[] | undefined {
  const last = ask('log', '-1', '--format=%cI');
  if (last === undefined || ask('rev-parse', '--is-shallow-repository') !== 'false') return undefined;
  const dayBefore = new Date(Date.parse(last) - 24 * 3_600_000).toISOString();
  // A young project has no commit before that: all of it is new.
  const before = ask('rev-list', '-1', `--before=${dayBefore}`, 'HEAD');
  return before ? touchedSince(before) : undefined;
}

/** What is played of the tables. */
export interface Turn {
  readonly share: number;
  /** Of these all is played. */
  readonly whole: ReadonlySet<TableName>;
  /** For people. */
  readonly text: string;
}

/** @param touched undefined: it is not known, so everything may be */
export function turnOf(
  env: NodeJS.ProcessEnv,
  touched: readonly string[] | undefined,
  ask: typeof git = git,
): Turn {
  const { number: share, by } = chosenShare(env, ask);
  const isWhole = (name: TableName): boolean => {
    if (env.TURNS === 'all' || env.SIMULATION === 'full' || touched === undefined) return true;
    const loaded = loadedBy([...startsOf(name), ...always]);
    return touched.some((file) => loaded.has(file));
  };
  const whole = new Set(tableNames.filter(isWhole));
  const others = tableNames.filter((name) => !whole.has(name));
  const part = others.length === 0 ? '' : `; a part of ${others.join(', ')}`;
  const text = `share ${share} of 0 to ${shares - 1}, by ${by}; all of ${[...whole].join(', ') || 'no table'}${part}`;
  return { share, whole, text };
}

/** @returns the rows that are played, in their order */
export function inTurn<Row>(
  name: TableName,
  rows: readonly Row[],
  { core = 1, turn = present() }: { readonly core?: number; readonly turn?: Turn } = {},
): readonly Row[] {
  if (turn.whole.has(name)) return rows;
  const isPlayed = inShare(turn.share, turns);
  return rows.filter((_, at) => at < core || isPlayed());
}

let known: Turn | undefined;
/** Of this process, which has one working tree. */
export function present(): Turn {
  known ??= turnOf(process.env, touchedOfLate());
  return known;
}
