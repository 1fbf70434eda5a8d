import { randomUUID } from 'node:crypto';
import type { RejectedRequest } from './rejected-requests.ts';

export const unknownId = '01234567-0123-4123-8123-0123456789ab';

const dayMs = 24 * 3600 * 1000;
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString();

/** @param options a function, if they depend on when the request is made */
const rejected = (
  what: string,
  options: object | (() => object),
  ...pointers: readonly string[]
): RejectedRequest => [
  what,
  {
    get body() {
      const given = typeof options === 'function' ? options() : options;
      return JSON.stringify({ type: 'counting', payload: { seconds: 0 }, ...given });
    },
  },
  400,
  pointers.map((pointer) => ({ pointer })),
];

/** Requests with invalid options: group, dependencies, time or delay. */
export const rejectedOptions: readonly RejectedRequest[] = [
  rejected('a time in the past', () => ({ runAt: fromNow(-1_000) }), '/runAt'),
  rejected('a time beyond 365 days', () => ({ runAt: fromNow(365 * dayMs + 60_000) }), '/runAt'),
  rejected('a time without an offset', { runAt: '2100-01-01T00:00:00' }, '/runAt'),
  rejected('a time that is not a timestamp', { runAt: 'tomorrow' }, '/runAt'),
  rejected('a time together with a delay', () => ({ runAt: fromNow(60_000), delaySeconds: 60 }), '/runAt'),
  rejected('a delay beyond 365 days', { delaySeconds: 365 * 24 * 3600 + 1 }, '/delaySeconds'),
  rejected('a negative delay', { delaySeconds: -1 }, '/delaySeconds'),
  rejected('a delay of half a second', { delaySeconds: 0.5 }, '/delaySeconds'),
  rejected('a group with an empty name', { group: '' }, '/group'),
  rejected('a group with a name of 129 characters', { group: 'g'.repeat(129) }, '/group'),
  rejected('a group that is not a string', { group: 7 }, '/group'),
  rejected('51 dependencies', { dependsOn: Array.from({ length: 51 }, () => randomUUID()) }, '/dependsOn'),
  rejected('a dependency that is not a job id', { dependsOn: ['a job'] }, '/dependsOn/0'),
  rejected(
    'dependencies on jobs that do not exist',
    { dependsOn: [unknownId, randomUUID()] },
    '/dependsOn/0',
    '/dependsOn/1',
  ),
  rejected('dependencies that are not a list', { dependsOn: unknownId }, '/dependsOn'),
  rejected('a group together with a dependency', { group: 'g', dependsOn: [unknownId] }, '/group'),
  rejected('a group together with a time', () => ({ group: 'g', runAt: fromNow(60_000) }), '/group'),
  rejected('a group together with a delay', { group: 'g', delaySeconds: 60 }, '/group'),
];
