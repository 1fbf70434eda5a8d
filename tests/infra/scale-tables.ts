import { type Case, ceilingRows, dayRow, limitRows } from '../../scripts/scale/describe.ts';
import { accountOf, type DayLoad, readStage } from '../../scripts/scale/stage-load.ts';
import { root } from '../project-copy.ts';

/** What `npm run scale` plays if nothing else is said. */
const load: DayLoad = {
  ...{ jobs: 1_000_000, durationMs: 200, shape: 'day', queue: 'standard', tenants: 100, groups: 1_000 },
  ...{ perRequest: 1, delayed: 0, limited: false, callMs: 10, region: 'eu-central-1', seed: 1 },
};
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (...cells: readonly string[]): readonly string[] => [
  row(...cells),
  `|${'---|'.repeat(cells.length)}`,
];
const byDefault = readStage(root, 'default');
const prod = readStage(root, 'prod');

export const ceilingTable = (): readonly string[] => [
  ...head('what is the limit', 'of each', 'of jobs', 'default', 'at best', 'what raises it'),
  ...ceilingRows({ load, stage: byDefault, account: accountOf(1_000, load.region) }, 10_000).map((cells) =>
    row(...cells),
  ),
];

/** As many requests as the account takes. */
const open = { throttleRate: 10_000, throttleBurst: 5_000 };
const warm = { warmTable: 40_000, warmList: 20_000 };

interface Row {
  readonly name: string;
  readonly load: Partial<DayLoad>;
  readonly stage?: Partial<Case['stage']>;
  readonly executions?: number;
}
const rows: readonly Row[] = [
  { name: '1 million', load: {} },
  { name: '10 million', load: { jobs: 1e7 } },
  { name: '100 million', load: { jobs: 1e8 } },
  { name: '100 million, `throttleRate` 10,000', load: { jobs: 1e8 }, stage: open },
  { name: '100 million, batches of 100', load: { jobs: 1e8, perRequest: 100 } },
  { name: '10 million of 5 s', load: { jobs: 1e7, durationMs: 5_000 } },
  {
    name: '100 million of 5 s, `throttleRate` 10,000, `maximumConcurrency` 1,000, an account of 10,000',
    load: { jobs: 1e8, durationMs: 5_000 },
    stage: { ...open, maximumConcurrency: 1_000 },
    executions: 10_000,
  },
  { name: 'a million in a minute', load: { shape: 'burst' } },
  { name: 'the same, batches of 100', load: { shape: 'burst', perRequest: 100 } },
  {
    name: 'the same, `warmThroughput`',
    load: { shape: 'burst', perRequest: 100 },
    stage: warm,
  },
  {
    name: 'the same, `maximumConcurrency` 1,000, an account of 10,000',
    load: { shape: 'burst', perRequest: 100 },
    stage: { ...warm, maximumConcurrency: 1_000 },
    executions: 10_000,
  },
  { name: '100 million, 90 % of one tenant', load: { jobs: 1e8, shape: 'one-tenant' }, stage: open },
  {
    name: 'the same, `listShards` 4',
    load: { jobs: 1e8, shape: 'one-tenant' },
    stage: { ...open, listShards: 4 },
  },
  { name: '10 million, half of them an hour later', load: { jobs: 1e7, delayed: 0.5 } },
  { name: '100 million, half of them an hour later', load: { jobs: 1e8, delayed: 0.5 }, stage: open },
  { name: '100,000 of a minute on `long`', load: { jobs: 1e5, durationMs: 60_000, queue: 'long' } },
  { name: '1 million in 1,000 groups', load: { queue: 'ordered' } },
];

export const dayTable = (): readonly string[] => [
  ...head(
    'jobs of a day',
    'wait outside',
    'wait in the queue',
    'what holds jobs back, the first one first',
    'what to change',
  ),
  ...rows.map(({ name, load: over, stage, executions = 1_000 }) =>
    row(...dayRow({ name, load: { ...load, ...over }, stage: { ...prod, ...stage }, executions })),
  ),
];

export const limitTable = (): readonly string[] => [
  ...head('limit', 'figure', 'can be raised', 'compared with'),
  ...limitRows().map((cells) => row(...cells)),
];
