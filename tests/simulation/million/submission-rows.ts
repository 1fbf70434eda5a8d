import { playSubmissions, type Submissions, type SubmissionsPlayed } from './submissions.ts';

type Load = Omit<Submissions, 'jobs'>;
const loads: readonly (readonly [name: string, load: Load])[] = [
  ['one a request', { perRequest: 1, listShards: 1 }],
  ['100 a request', { perRequest: 100, listShards: 1 }],
  ['the same, `listShards` 20', { perRequest: 100, listShards: 20 }],
  ['one a request, `jobsPerMinute` 600', { perRequest: 1, perMinute: 600, listShards: 1 }],
  ['100 a request, `jobsPerMinute` 600', { perRequest: 100, perMinute: 600, listShards: 1 }],
];

export const playAllSubmissions = (
  jobs: number,
): readonly (readonly [name: string, played: SubmissionsPlayed])[] =>
  loads.map(([name, load]) => [name, playSubmissions({ ...load, jobs })]);

const text = (number: number): string => number.toLocaleString('en', { maximumFractionDigits: 1 });

/** A line of the table in docs/tenants.md. */
export const rowOfSubmissions = ([name, played]: readonly [string, SubmissionsPlayed]): string =>
  `| ${name} | ${[
    ...[played.accepted, played.refusedByStage, played.refusedByLimit, played.unavailable],
    ...[played.refusedOfB, played.startsAfter],
  ]
    .map(text)
    .join(' | ')} |`;
