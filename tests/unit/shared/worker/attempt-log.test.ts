import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../shared/job/handler.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { aDelivery, aMessage, aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { spiedWorker } from '../../../set-ups/worker.ts';

const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

/** The lines of a job that says `works`, and then fails. */
async function linesOf(over: Parameters<typeof aMessage>[0] = {}) {
  const { process, store, log } = spiedWorker({
    countdown: async (_payload, { log: own }: Pick<JobContext, 'log'>) => {
      own.info('works', { percent: 5 });
      throw new Error('no');
    },
  });
  store.items.set(jobId, aQueuedItem({ attempt: 1 }));
  await process(aDelivery({ body: writeMessage(aMessage(over)) }));
  return log.lines;
}

describe('the log of an attempt', () => {
  const fields = { jobId, type: 'countdown', attempt: 2 };

  test('says in each line of the handler, and of its failure, which attempt of which job it is', async () => {
    const lines = await linesOf();
    expect(lines.find(({ message }) => message === 'works')?.fields).toEqual({ ...fields, percent: 5 });
    expect(lines.find(({ message }) => message === 'attempt failed')?.fields).toEqual({
      ...fields,
      error: new Error('no'),
    });
  });

  test('says in each line which trace the submission was part of', async () => {
    const lines = await linesOf({ traceparent });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.fields).toMatchObject({ ...fields, traceparent });
  });
});

test('a handler knows the tenant and the time of the submission', async () => {
  const seen: unknown[] = [];
  const { process } = spiedWorker({
    countdown: async (payload, { tenant, submittedAt }) => {
      seen.push({ tenant, submittedAt });
      return payload;
    },
  });
  await process();
  const { tenant, submittedAt } = aMessage();
  expect(seen).toEqual([{ tenant, submittedAt }]);
});
