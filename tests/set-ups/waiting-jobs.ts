import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { pausedKeys } from '../../shared/domain/state/job/list-keys.ts';
import type { JobWait, OfEachWait } from '../../shared/domain/state/waits/wait.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem, jobId } from './samples.ts';

const until = t0 + 60_000;
const since = t0 - 30_000;
const answer = { name: 'approve', key: 'turn 1', until };
const place = { of: 'a customer (this tenant)', running: 5, since };

const waiting = (over: Partial<JobItem>): JobItem =>
  aQueuedItem({ status: 'waiting', updatedAt: t0, ...over });

interface WaitingJob {
  readonly item: JobItem;
  readonly wait: JobWait;
  /** As the API says it. */
  readonly reason: string;
  /** What its page says. */
  readonly heading: string;
  /** What its timeline ends with. */
  readonly rest: string;
}

/** A job for each kind of wait, and what is read of it. All wait since `t0` or thirty seconds before that, and for a minute more. */
export const waitingJobs: OfEachWait<WaitingJob> = {
  time: {
    item: waiting({ runAt: until }),
    wait: { kind: 'time', since: t0, until },
    reason: `not before ${new Date(until).toISOString()}`,
    heading: 'It waits',
    rest: 'Waiting for its time',
  },
  jobs: {
    item: waiting({ dependsOn: [anId(1), anId(2)] }),
    wait: { kind: 'jobs', since: t0, ids: [anId(1), anId(2)] },
    reason: 'not all of the 2 jobs that it depends on have succeeded',
    heading: 'It waits',
    rest: 'Waiting for other jobs',
  },
  children: {
    item: waiting({ notBefore: until, awaits: { until, batches: [anId(3)] } }),
    wait: { kind: 'children', since: t0, batches: [anId(3)], until: undefined, answers: [] },
    reason: 'not all of its children have ended',
    heading: 'It waits for its children',
    rest: 'Waiting for its children',
  },
  signal: {
    item: waiting({
      notBefore: until,
      signals: JSON.stringify({ answers: [], closed: [], open: { until, waits: [answer] } }),
    }),
    wait: { kind: 'signal', since: t0, until, answers: [answer] },
    reason: 'nobody has sent approve',
    heading: 'It waits for an answer',
    rest: 'Waiting for an answer',
  },
  turn: {
    item: waiting({ notBefore: until, turn: { of: 'stripe (all tenants)', at: until + 1_500, until } }),
    wait: { kind: 'turn', since: t0, until, of: 'stripe (all tenants)', at: until + 1_500 },
    reason: `the limit of stripe (all tenants): its turn is at ${new Date(until + 1_500).toISOString()}`,
    heading: 'It waits for its turn',
    rest: 'Waiting for its turn',
  },
  place: {
    item: waiting({ notBefore: until, awaitsPlace: { ...place, room: 'a room', at: t0 } }),
    wait: { kind: 'place', ...place },
    reason: 'waits for 1 of 5 places of a customer (this tenant)',
    heading: 'It waits for a place',
    rest: 'Waiting for a place',
  },
  pause: {
    item: waiting({
      notBefore: until,
      paused: { by: 'type:counting', since, at: t0 },
      ...pausedKeys(jobId, until),
    }),
    wait: { kind: 'pause', since, by: 'type:counting' },
    reason: 'paused: type:counting',
    heading: 'It is paused',
    rest: 'Paused',
  },
  handler: {
    item: waiting({ notBefore: until, noHandler: { since, until } }),
    wait: { kind: 'handler', since, until },
    reason: 'no handler for this type',
    heading: 'It waits for its job type',
    rest: 'Waiting for its job type',
  },
  submissions: {
    item: waiting({
      createdAt: since,
      message: '{}',
      notBefore: until,
      debounced: { submissions: 3, latestAt: until + 1 },
    }),
    wait: { kind: 'submissions', since, until, came: 3, latestAt: until + 1 },
    reason: `more submissions: 3 came, and it starts by ${new Date(until + 1).toISOString()}`,
    heading: 'It waits for more submissions',
    rest: 'Waiting for more submissions',
  },
};
