import { type Ceiling, ceilingsOf, widest } from './ceilings.ts';
import { type Hit, remedies } from './hits.ts';
import { limitNames, limitOf } from './limits.ts';
import { type Played, simulate } from './simulate.ts';
import { accountOf, type DayLoad, type ScaledStage, type Scene } from './stage-load.ts';

/** With two digits that count, and none after the point from ten on. */
export const amount = (value: number): string => {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 2);
  return (value < 10 ? Math.round(value * 10) / 10 : Math.round(value / step) * step).toLocaleString('en');
};

export function duration(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const clock = (second: number): string =>
  [second / 3600, (second % 3600) / 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');

/** Pads the columns of a table: the first to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(width(0)) : cell.padStart(width(column))))
      .join('  ')
      .trimEnd(),
  );
}

const plain = (text: string): string => text.replaceAll('`', '');

export const describeHit = ({ name, at, rate, seconds }: Hit): string =>
  `${name}: from ${clock(at)} on, at ${amount(rate)} jobs a second, for ${duration(seconds)} in all. Change: ${plain(remedies[name])}.`;

/** A day, as text. */
export function describeDay({ load }: Scene, played: Played): readonly string[] {
  const { queue, door, hits, hours, ended, left, highest } = played;
  const figures = ({ median, p99, maximum }: Played['door']): string[] =>
    [median, p99, maximum].map(duration);
  const tenants =
    load.shape === 'one-tenant'
      ? [
          ['in the queue: the large tenant', ...figures(queue.first)],
          ['in the queue: the others', ...figures(queue.others)],
        ]
      : [];
  const busy = hours.filter(({ jobs }) => jobs >= 1);
  return [
    ...columns([
      ['waits', 'median', 'p99', 'maximum'],
      ['outside, refused, until it is let in', ...figures(door)],
      ['in the queue, until it starts', ...figures(queue.all)],
      ...tenants,
    ]),
    '',
    ...columns([
      ['accepted in the hour', 'jobs', 'median', 'p99', 'maximum'],
      ...busy.map(({ hour, jobs, ...waits }) => [String(hour), amount(jobs), ...figures({ jobs, ...waits })]),
    ]),
    '',
    ended === undefined
      ? `After seven days ${amount(left)} jobs still wait in the queue.`
      : `The last job starts at ${clock(ended)}. Most jobs that start within a second: ${amount(highest)}.`,
    hits.length === 0 ? 'No limit is hit.' : 'What holds jobs back, the first one first:',
    ...hits.map((hit) => `  ${describeHit(hit)}`),
  ];
}

export const describeCeilings = (ceilings: readonly Ceiling[]): readonly string[] =>
  columns([
    ['ceiling', 'jobs a second'],
    ...[...ceilings]
      .sort((one, other) => one.perSecond - other.perSecond)
      .map(({ of, scope, jobs, perSecond }) => [
        `${plain(of)}, of a${scope === 'account' ? 'n' : ''} ${scope}; jobs ${plain(jobs)}`.replace(
          'jobs all',
          'all jobs',
        ),
        amount(perSecond),
      ]),
  ]);

/** What docs/scale.md has, in rows of a table. */
export function ceilingRows(scene: Scene, executions: number): readonly (readonly string[])[] {
  const best = ceilingsOf({ ...scene, stage: widest, account: accountOf(executions, scene.load.region) });
  return ceilingsOf(scene).map(({ of, scope, jobs, perSecond, change }, index) => [
    of,
    scope,
    jobs,
    amount(perSecond),
    amount(best[index]?.perSecond ?? 0),
    change,
  ]);
}

export interface Case {
  readonly name: string;
  readonly load: DayLoad;
  readonly stage: ScaledStage;
  readonly executions: number;
}

/** A day in a row of a table: what it waits, what holds it back, the first one first, and what to change of that which does so longest. */
export function dayRow({ name, load, stage, executions }: Case): readonly string[] {
  const { queue, door, hits, ended, left } = simulate({
    ...{ load, stage },
    account: accountOf(executions, load.region),
  });
  const [longest] = [...hits].sort((one, other) => other.seconds - one.seconds);
  const three = ({ median, p99, maximum }: Played['door']): string =>
    [median, p99, maximum].map(duration).join(' / ');
  return [
    name,
    three(door),
    ended === undefined
      ? `${three(queue.all)}, and ${amount(left)} jobs wait after a week`
      : three(queue.all),
    hits.map((hit) => `\`${hit.name}\` at ${clock(hit.at)}, ${amount(hit.rate)} a second`).join('; ') ||
      'none',
    longest ? remedies[longest.name] : '',
  ];
}

export function limitRows(): readonly (readonly string[])[] {
  return limitNames.map((name) => {
    const [us, eu] = [limitOf(name, 'us-east-1'), limitOf(name, 'eu-central-1')];
    const figures =
      us.figure === eu.figure
        ? eu.figure.toLocaleString('en')
        : `${eu.figure.toLocaleString('en')} (us-east-1: ${us.figure.toLocaleString('en')})`;
    return [
      `[${eu.of}](${eu.page})`,
      `${figures}${eu.unit === '' ? '' : ` ${eu.unit}`}`,
      eu.canBeRaised ? 'yes' : '',
      `${eu.verified ? '' : '**not verified**: '}${eu.compared}`,
    ];
  });
}

/** What could not be compared with anything that was published. */
export const unverified = (): readonly string[] =>
  limitNames
    .map((name) => limitOf(name, 'eu-central-1'))
    .filter(({ verified }) => !verified)
    .map(({ of, figure, unit, compared }) =>
      `${of}: ${figure.toLocaleString('en')} ${unit} (${compared})`.replace('  ', ' '),
    );
