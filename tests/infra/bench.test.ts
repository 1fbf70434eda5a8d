import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BenchAws, startBenchAws } from '../../bench/functions/aws.ts';
import { environmentOn } from '../../bench/functions/contenders.ts';
import {
  expectProcessed,
  statusEvent,
  statusIn,
  submitEvent,
  submittedId,
  workerEvent,
} from '../../bench/functions/events.ts';
import { type InvokedProcess, startFunction } from '../../bench/functions/invoked-process.ts';
import { describeRatio } from '../../bench/report.ts';
import { median, ratio } from '../../bench/series.ts';
import * as statusUses from '../../functions/status/uses.ts';
import * as submitUses from '../../functions/submit/uses.ts';
import * as workerUses from '../../functions/worker/uses.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { projectDir } from '../project-copy.ts';

describe('what the benchmark compares with', () => {
  let aws: BenchAws;
  let functions: InvokedProcess;
  beforeAll(async () => {
    aws = await startBenchAws();
    functions = startFunction(join(projectDir, 'bench/functions/invoke.ts'), await environmentOn(aws));
  });
  afterAll(async () => {
    await functions?.stop();
    await aws?.stop();
  });

  /** Invokes a function in the one process that all of them share here. */
  async function invoke(path: string, event: unknown): Promise<unknown> {
    const { answers } = await functions.invoke({
      bundle: join(projectDir, 'bench', `${path}.ts`),
      events: [event],
    });
    return answers[0];
  }

  test.each([
    { of: 'bare', calls: 2 },
    { of: 'stock', calls: 3 },
  ])('$of takes a job, runs it once, and says how it stands', async ({ of, calls }) => {
    const id = submittedId(await invoke(`${of}/submit`, submitEvent(1)));
    expect(aws.count()).toBe(2);
    const event = workerEvent(aws.sent());
    expectProcessed(await invoke(`${of}/worker`, event));
    expect(aws.count()).toBe(calls);
    expect(statusIn(await invoke(`${of}/status`, statusEvent(id)))).toBe('succeeded');
    aws.count();
    await invoke(`${of}/worker`, event); // as SQS delivers it a second time
    expect(aws.count()).toBeLessThan(calls);
  });
});

test.each([
  ['submit', submitUses],
  ['worker', workerUses],
  ['status', statusUses],
])('the environment of %s is that of a stage of the defaults', async (_, uses) => {
  const read = readEnvironment(uses, await environmentOn({ endpoint: 'http://localhost:1' }));
  expect(Object.keys(read).length).toBeGreaterThan(3);
});

test('a ratio is that of the rounds in which both were measured', () => {
  const ours = { name: 'submit: CPU', unit: 'ms', of: 'ours', rounds: [1, 4, 9] } as const;
  const bare = { ...ours, of: 'bare', rounds: [2, 2, 3] } as const;
  expect(ratio(ours, bare)).toEqual({ median: 2, smallest: 0.5, greatest: 3 });
  expect(describeRatio(ratio(ours, bare))).toBe('2.00 (0.50 to 3.00)');
  expect(() => ratio({ ...ours, rounds: [1] }, bare)).toThrow('other rounds');
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
