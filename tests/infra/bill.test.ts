import { beforeAll, describe, expect, test } from '@jest/globals';
import { cpuMs, sumOf } from '../../scripts/cost/bill.ts';
import { measured } from '../../scripts/cost/measured.ts';
import { billOf } from '../../scripts/cost/month.ts';
import { regions } from '../../scripts/cost/price-list.ts';
import { billFrom } from './counted-bill.ts';
import { type CountedJobs, countJobs } from './counted-jobs.ts';
import { packageAll } from './package-all.ts';
import { packageOf } from './packaged.ts';

/**
 * `npm run cost` beside a bill that is made from the template and from counted calls. Both have the prices, what a call and the
 * code of an invocation take, and what is assumed (scripts/cost/month.ts): nothing here can measure that.
 */
const prod = await packageOf(await packageAll(), 'prod', 'prod');

const jobsToCount = Number(process.env.BILLED_JOBS ?? 100);
/** Each is five invocations. */
const countingMs = 120_000 + 2_000 * jobsToCount;
const load = {
  ...{ durationMs: 200, callMs: 10, polls: 3, payloadBytes: 1024, batch: 1, retries: 0, keptDays: 30 },
  memoryMb: measured.memory.worker,
};
/** A payload of 1 KB. */
const csv = `kind,count\n${'a,1\n'.repeat(230)}`;
const payload = { csv, groupBy: 'kind', metrics: [{ column: 'count', op: 'sum' }] };

/** Roughly how long an invocation takes: as many processes are busy as are needed for all. */
const busyMs = { submit: 25, worker: 225, status: 15 };
/** @returns how many milliseconds pass for a process from one invocation to the next */
function everyMs(jobs: number) {
  const between = (takesMs: number, calls: number): number => {
    const apartMs = (30 * 24 * 3600 * 1000) / calls;
    return apartMs * Math.max(1, Math.ceil(takesMs / apartMs));
  };
  const { submit, worker, status } = busyMs;
  return {
    submit: between(submit, jobs),
    worker: between(worker, jobs),
    status: between(status, load.polls * jobs),
  };
}

const functionOf = (name: string) => {
  const found = prod.functions.find((one) => one.name === name);
  if (!found) throw new Error(`the stage has no function ${name}`);
  return found;
};
const memoryOf = (name: string): number => functionOf(name).properties.MemorySize ?? Number.NaN;
/** What decides what a function calls and writes. Where it finds things is another matter here. */
const ofStage = ['RETENTION_DAYS', 'HEARTBEAT_SECONDS', 'LEASE_SECONDS', 'LIMITS', 'METRICS', 'LIST_SHARDS'];
const environment = {
  ...Object.fromEntries(ofStage.map((name) => [name, functionOf('worker').environment[name] ?? ''])),
  ...{ METRICS_NAMESPACE: 'job-worker-prod', POWERTOOLS_LOG_LEVEL: 'INFO' },
  ALARM_TOPIC: 'arn:aws:sns:eu-central-1:000000000000:alarms',
};

describe.each([1e6, 1e8])('%d jobs a month', (jobs) => {
  let counted: CountedJobs;
  beforeAll(async () => {
    const memory = { submit: memoryOf('submit'), worker: memoryOf('worker'), status: memoryOf('status') };
    const { batch, polls } = load;
    const how = { batch, polls, payload, environment, memory, every: everyMs(jobs) };
    counted = await countJobs({ ...how, jobs: jobsToCount });
  }, countingMs);

  test.each(regions)('cost in %s what `npm run cost` says', (region) => {
    const { durationMs, callMs } = load;
    const bill = billFrom(prod, counted, { jobs, region, durationMs, callMs, cpuMs });
    const lines = billOf({ ...load, jobs, region });
    const all = [...bill.values()].reduce((sum, usd) => sum + usd, 0);
    expect(Math.abs(sumOf(lines) / all - 1)).toBeLessThan(0.03);
    const shares = [...new Set([...bill.keys(), ...lines.map(({ price }) => price)])].map((name) => {
      const said = sumOf(lines.filter(({ price }) => price === name));
      return [name, said, bill.get(name) ?? 0] as const;
    });
    // What is less than a hundredth of a bill may differ by a hundredth of it.
    expect(
      shares.filter(([, said, found]) => Math.abs(said - found) > Math.max(0.05 * found, all / 100)),
    ).toEqual([]);
    // Nothing is on one bill alone.
    expect(shares.filter(([, said, found]) => said === 0 || found === 0)).toEqual([]);
  });

  test('have the bytes that it counts with', () => {
    const { of, stored } = counted;
    const { added, item, indexEntry } = measured.stored;
    const average = (sum: number, count: number): number => sum / count;
    expect(
      [
        average(of.submit.answeredBytes, of.submit.invocations) - measured.answers.submit,
        average(of.status.answeredBytes, of.status.invocations) - measured.answers.status,
        average(stored.itemBytes, jobsToCount) - item - added,
        average(stored.indexBytes, jobsToCount) - indexEntry - added,
      ].filter((bytes) => Math.abs(bytes) > 8),
    ).toEqual([]);
  });

  test('are watched by functions that ask what it counts with', () => {
    const found = (name: 'check' | 'overdue') => {
      const { rounds, units, lines } = counted.of[name];
      const logBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      return { rounds: rounds.count, readUnits: units.read, logBytes };
    };
    const { check, overdue } = measured.idle;
    expect({ check: found('check'), overdue: found('overdue') }).toEqual({ check, overdue });
  });
});
