import { pausedSchedulesIn } from '../../shared/domain/schedules/paused-schedules.ts';
import { jobIdOfOccurrence, type Schedule, tagOfSchedule } from '../../shared/domain/schedules/schedule.ts';
import { submitWrite } from '../../shared/domain/state/writes/message-writes.ts';
import { derivedKey } from '../../shared/http/access/derived-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobList } from '../../testkit/fakes/in-memory-job-list.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { contracts as all } from '../job-types/contracts.ts';
import { aRootSecretEntry } from './access.ts';
import { aMessage, anId, dayMs, retentionMs } from './samples.ts';
import { secretive } from './secretive-type.ts';
import { submitting } from './submit-all.ts';

/** `t0` is a Friday, 03:04 UTC. */
export const nightly: Schedule = {
  name: 'nightly',
  cron: '30 3 * * *',
  timeZone: 'Europe/Berlin',
  type: 'counting',
  payload: { seconds: 5 },
  tenant: 'a tenant',
};
export const hourly: Schedule = { ...nightly, name: 'hourly', cron: '0 * * * *', tenant: 'another tenant' };

export const contracts = { ...all, secretive };
const jobIdSecret = derivedKey(aRootSecretEntry(), 'jobId');

/** Schedules and the jobs of their tenants, on fakes. The clock stands at `t0`. */
export function aScheduledStage(schedules: readonly Schedule[] = [nightly, hourly]) {
  const { deps: submission, items, queues, sent } = submitting(() => {}, contracts);
  const store = new InMemoryJobStore();
  const list = new InMemoryJobList(items);
  const records = new InMemoryRecords();
  const paused = pausedSchedulesIn(records);
  const log = recordedLog();
  const meters = new RecordedMeters();
  const deps = {
    ...submission,
    jobIdSecret,
    schedules,
    list,
    paused,
    log,
    meters,
    retentionMs,
    retentionDays: retentionMs / dayMs,
    uploadRetentionDays: 30,
    root: { read: async () => aRootSecretEntry() },
  };
  let count = 0;
  const nextId = () => {
    count += 1;
    return anId(count);
  };
  /** Puts a job of a schedule's tenant into the table. @param at when it was submitted */
  const put = async (
    { name, tenant }: Schedule,
    at: number,
    { id = nextId(), tags = [tagOfSchedule(name)], runAt }: Put = {},
  ): Promise<string> => {
    const options = { maxAttempts: 3, tags: [...tags], ...(runAt === undefined ? {} : { runAt }) };
    const item = await store.write(submitWrite(aMessage({ id, tenant, submittedAt: at, options })));
    if (item) items.set(id, item);
    return id;
  };
  /** Puts the job of an occurrence into the table. */
  const occur = (schedule: Schedule, at: string): Promise<string> =>
    put(schedule, Date.parse(at) + 20_000, {
      id: jobIdOfOccurrence(schedule.tenant, { schedule: schedule.name, at }),
      runAt: Date.parse(at),
    });
  return { deps, items, queues, sent, list, paused, records, log, meters, put, occur, now: t0 };
}

interface Put {
  readonly id?: string;
  readonly tags?: readonly string[];
  readonly runAt?: number;
}
