import { describe, expect, it } from '@jest/globals';
import type { PayloadOf } from '../../../../shared/author/handler.ts';
import { readCheckpoint, writeCheckpoint } from '../../../../shared/worker/hold/checkpoint-text.ts';
import { HandOver } from '../../../../shared/worker/hold/error-policy.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import { type Aggregate, addRecord, emptyAggregate, planFor } from '../../../csv-aggregate/aggregate.ts';
import { csvAggregate as contract } from '../../../csv-aggregate/contract.ts';
import { sourceOf } from '../../../csv-aggregate/csv-records.ts';
import { continueAggregate, csvAggregate, csvAggregateWith } from '../../../csv-aggregate/handler.ts';

const deployed = { contract, handler: csvAggregate };
/** It saves its state after every chunk, so that a small text has many places to cut it. */
const type = { contract, handler: csvAggregateWith({ checkpointMs: 0 }) };
const metrics = [
  { column: 'n', op: 'sum' as const },
  { column: 'n', op: 'mean' as const },
];

describe('a CSV aggregation', () => {
  it('survives every cut', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
    const { cuts } = await cutEverywhere(type, {
      csv: `key,n\n${lines.join('\n')}`,
      groupBy: 'key',
      metrics,
    });
    expect(cuts).toBeGreaterThan(20);
  });

  it('reads an uploaded object as it reads a text, and survives every cut', async () => {
    const lines = Array.from({ length: 7_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
    const csv = `key,n\n${lines.join('\n')}`;
    const object = uploadedObject('numbers.csv');
    const payload = { object, groupBy: 'key', metrics };
    const options = { objects: { [object]: csv } };
    const { result } = await runJob(type, payload, options);
    expect(result).toEqual((await runJob(type, { csv, groupBy: 'key', metrics })).result);
    const { cuts } = await cutEverywhere(type, payload, { ...options, maxCuts: 40 });
    expect(cuts).toBe(40);
  });

  it('fails for good if the object is not there', async () => {
    const payload = { object: uploadedObject('none.csv'), groupBy: 'key', metrics };
    const { status, attempts, error } = await runJob(type, payload);
    expect({ status, attempts, error: error?.name }).toEqual({
      status: 'failed',
      attempts: 1,
      error: 'MissingObjectError',
    });
  });

  it('survives every cut with a state and a result that are kept in objects', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `customer ${(at * 7) % 1_500},${at / 10}`);
    const object = uploadedObject('customers.csv');
    const payload = { object, groupBy: 'key', metrics };
    const csv = `key,n\n${lines.join('\n')}`;
    const options = { objects: { [object]: csv } };
    const { result } = await runJob(type, payload, options);
    expect(JSON.stringify(result).length).toBeGreaterThan(32 * 1024);
    const sizes: number[] = [];
    const checkpoint = async (state: Aggregate) => void sizes.push(JSON.stringify(state).length);
    await type.handler({ ...payload, object: undefined, csv }, aJobContext<Aggregate>({ checkpoint }));
    expect(Math.max(...sizes)).toBeGreaterThan(64 * 1024);
    const { cuts } = await cutEverywhere(type, payload, { ...options, maxCuts: 20 });
    expect(cuts).toBe(20);
  });

  it('survives every cut as it is deployed', async () => {
    await cutEverywhere(deployed, { csv: 'key,n\na,1\nb,2', groupBy: 'key', metrics });
  });

  it('fails in the same way wherever it is cut', async () => {
    await cutEverywhere(type, { csv: 'key,n\na,1,2', groupBy: 'key', metrics }, { endsAs: 'failed' });
  });
});

/** Runs the handler to its end. Returns every checkpoint in the form in which it is stored. */
async function run(payload: PayloadOf<typeof contract>, { resume }: { resume?: Aggregate } = {}) {
  const saved: string[] = [];
  const job = aJobContext<Aggregate>({
    resume,
    checkpoint: async (state) => {
      saved.push(writeCheckpoint(contract, state));
    },
  });
  return { result: await csvAggregateWith({ checkpointMs: 0 })(payload, job), saved };
}

function restored(text: string): Aggregate {
  const { checkpoint } = contract;
  if (!checkpoint) throw new TypeError('the contract has no checkpoint');
  return checkpoint.parse(readCheckpoint(contract, text));
}

/** Quotes, line breaks and commas in fields, line ends of all kinds, and characters of up to four bytes. */
const difficultLines = [
  '\ufeffkey,n,"no\r\nte"\r\n',
  'é,1,"a ""quote"", and\r\na line"\r\n',
  '"é",2.5,""\n',
  '"two\nlines",,"😀😀"\r\n',
  '"two\nlines",-3e-1,"\r"\r',
  ',.1,"""\r\n"""\n',
  '"€,""€""",0.2,€\r\n',
  ',.2,"\n\n\n,,,"\n',
  'é,1e3,last',
];
const difficultText = difficultLines.join('');

describe('a CSV aggregation that was interrupted', () => {
  const payloadOf = (csv: string): PayloadOf<typeof contract> => ({
    csv,
    groupBy: 'key',
    metrics: [
      { column: 'n', op: 'sum' },
      { column: 'n', op: 'min' },
      { column: 'n', op: 'mean' },
    ],
  });

  it('gives the same result from each of its checkpoints', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at % 7},${at / 10}`);
    const payload = payloadOf(`key,n\n${lines.join('\n')}\n`);
    const { result, saved } = await run(payload);
    expect(saved.length).toBeGreaterThan(5);
    for (const text of saved) expect((await run(payload, { resume: restored(text) })).result).toEqual(result);
  });

  it('saves a state once a second, not for every chunk that it reads', async () => {
    const saved: number[] = [];
    let now = 0;
    const job = aJobContext<Aggregate>({
      now: () => now,
      progress: () => {
        now += 150;
      },
      checkpoint: async () => {
        saved.push(now);
      },
    });
    // Progress is reported 20 times.
    await csvAggregate(payloadOf(`key,n\n${'key 1,1\n'.repeat(20_000)}`), job);
    expect(saved).toHaveLength(2);
    expect(saved[0]).toBeGreaterThanOrEqual(1_000);
    expect(saved[1]).toBeGreaterThanOrEqual((saved[0] ?? 0) + 1_000);
  });
  const difficultPayload = payloadOf(difficultText);

  /** Runs the handler up to the first checkpoint for which `isEnough` holds. Returns the state as it was stored. */
  async function slice(state: Aggregate, chunkBytes: number, isEnough: (state: Aggregate) => boolean) {
    let saved = writeCheckpoint(contract, state);
    const job = aJobContext<Aggregate>({
      checkpoint: async (reached) => {
        saved = writeCheckpoint(contract, reached);
        if (isEnough(reached)) throw new HandOver();
      },
    });
    const source = sourceOf(difficultText, chunkBytes);
    const request = { ...difficultPayload, source, checkpointMs: 0 };
    const result = await continueAggregate(restored(saved), request, job).catch((thrown: unknown) => {
      if (!(thrown instanceof HandOver)) throw thrown;
    });
    return { result, state: restored(saved) };
  }

  it('the largest aggregate can be saved: 100,000 long figures, and 13 characters of a key for each', () => {
    const aggregate: Aggregate = { ...emptyAggregate(), header: ['key', 'n'] };
    const plan = planFor(aggregate, payloadOf(''));
    for (let row = 1; row <= 2 * 33_333; row += 1) {
      const key = String(row % 33_333).padEnd(39, '-');
      addRecord(aggregate, plan, { row, fields: [key, String(row / 7)], end: row });
    }
    const text = writeCheckpoint(contract, aggregate);
    expect(restored(text).keys).toHaveLength(33_333);
    expect(text.length).toBeGreaterThan(4_000_000);
  });

  it.each([1, 2, 3, 7])(
    'gives the same result if it reads %d bytes at a time and is handed over after every record',
    async (chunkBytes) => {
      const positions: number[] = [];
      let next = await slice(emptyAggregate(), chunkBytes, ({ position }) => position > 0);
      while (!next.result) {
        const { position: before } = next.state;
        positions.push(before);
        next = await slice(next.state, chunkBytes, ({ position }) => position > before);
      }
      expect(next.result).toEqual((await run(difficultPayload)).result);
      expect(positions.length).toBeGreaterThanOrEqual(difficultLines.length / chunkBytes);
      const ends = difficultLines.map((_, at) => Buffer.byteLength(difficultLines.slice(0, at + 1).join('')));
      if (chunkBytes === 1) expect(positions).toEqual(ends);
    },
  );

  it('gives the same result if it is handed over after any byte, even within a quoted field', async () => {
    const { result } = await run(difficultPayload);
    const bytes = Buffer.byteLength(difficultText);
    for (let cut = 1; cut <= bytes; cut += 1) {
      let read = 0;
      const stopped = await slice(emptyAggregate(), 1, () => {
        read += 1;
        return read === cut;
      });
      expect(stopped.result).toBeUndefined();
      expect((await run(difficultPayload, { resume: stopped.state })).result).toEqual(result);
    }
  });
});
