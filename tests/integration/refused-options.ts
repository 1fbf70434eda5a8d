import { randomUUID } from 'node:crypto';
import type { RefusedRequest } from './refused-requests.ts';

export const unknownId = '01234567-0123-4123-8123-0123456789ab';

const dayMs = 24 * 3600 * 1000;
const later = (ms: number) => new Date(Date.now() + ms).toISOString();

const refused = (what: string, options: object, ...pointers: readonly string[]): RefusedRequest => [
  what,
  { body: JSON.stringify({ type: 'countdown', payload: { seconds: 0 }, ...options }) },
  400,
  pointers.map((pointer) => ({ pointer })),
];

/** Everything that can be wrong with when and after what a job is to run. */
export const refusedOptions: readonly RefusedRequest[] = [
  refused('a time that is past', { runAt: later(-1_000) }, '/runAt'),
  refused('a time beyond 14 days', { runAt: later(14 * dayMs + 60_000) }, '/runAt'),
  refused('a time without an offset', { runAt: '2100-01-01T00:00:00' }, '/runAt'),
  refused('a time that is none', { runAt: 'tomorrow' }, '/runAt'),
  refused('a time and a delay', { runAt: later(60_000), delaySeconds: 60 }, '/runAt'),
  refused('a delay beyond 14 days', { delaySeconds: 14 * 24 * 3600 + 1 }, '/delaySeconds'),
  refused('a delay into the past', { delaySeconds: -1 }, '/delaySeconds'),
  refused('a delay by part of a second', { delaySeconds: 0.5 }, '/delaySeconds'),
  refused('a group without a name', { group: '' }, '/group'),
  refused('a group with a name of 129 characters', { group: 'g'.repeat(129) }, '/group'),
  refused('a group that is no text', { group: 7 }, '/group'),
  refused('51 dependencies', { dependsOn: Array.from({ length: 51 }, () => randomUUID()) }, '/dependsOn'),
  refused('a dependency that is no id', { dependsOn: ['a job'] }, '/dependsOn/0'),
  refused(
    'dependencies on jobs that are not there',
    { dependsOn: [unknownId, randomUUID()] },
    '/dependsOn/0',
    '/dependsOn/1',
  ),
  refused('a dependency that is no list', { dependsOn: unknownId }, '/dependsOn'),
  refused('a group with a dependency', { group: 'g', dependsOn: [unknownId] }, '/group'),
  refused('a group with a time', { group: 'g', runAt: later(60_000) }, '/group'),
  refused('a group with a delay', { group: 'g', delaySeconds: 60 }, '/group'),
];
