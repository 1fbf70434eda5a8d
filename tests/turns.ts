import { chosenShare, inShare, shares } from './simulation/share.ts';
import { git, loadedBy, touchedSince } from './source-graph.ts';

/**
 * Dear tables of tests, of which `npm test` plays a part: the core of each, and of the rest a tenth, another one with each
 * commit. All of a table is played if anything that it is made of was touched within a day before the last commit, or in the
 * working tree, and in `npm run test:long`. ADR 52 says the same of the simulation.
 */
export const tables = {
  'faults in handlers': { from: ['tests/unit/testkit/faults.test.ts'] },
  'handlers that are right': { from: ['tests/unit/testkit/right-jobs.test.ts'] },
  'faults in remote jobs': { from: ['tests/unit/shared/author/remote-survival.test.ts'] },
  'saves of npm start': {
    from: [
      'tests/integration/npm-start.test.ts',
      ...['infra/esbuild.config.cjs', 'infra/evaluated-modules.cjs', 'infra/own-code.cjs'],
      ...['infra/node-require.cjs', 'infra/event-streams.cjs', 'infra/native-code.cjs'],
    ],
  },
} as const satisfies Readonly<Record<string, { readonly from: readonly string[] }>>;
export type TableName = keyof typeof tables;

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
  const names = Object.keys(tables).filter((name): name is TableName => name in tables);
  const { number: share, by } = chosenShare(env, ask);
  const isWhole = (name: TableName): boolean => {
    if (env.TURNS === 'all' || touched === undefined) return true;
    const loaded = loadedBy([...tables[name].from, ...always]);
    return touched.some((file) => loaded.has(file));
  };
  const whole = new Set(names.filter(isWhole));
  const others = names.filter((name) => !whole.has(name));
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
  const isPlayed = inShare(turn.share);
  return rows.filter((_, at) => at < core || isPlayed());
}

let known: Turn | undefined;
/** Of this process, which has one working tree. */
export function present(): Turn {
  known ??= turnOf(process.env, touchedOfLate());
  return known;
}
