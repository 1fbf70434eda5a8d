import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  InvalidPayloadError,
  InvalidResultError,
  PermanentError,
  UnknownJobTypeError,
} from '../../../../shared/job/errors.ts';
import { runHandler } from '../../../../shared/worker/run-handler.ts';
import { FixedClock } from '../../../fakes/fixed.ts';
import { type AllHandlers, handlers } from '../../../fakes/handlers.ts';
import { aJobContext } from '../../../fakes/job-context.ts';
import { jobId } from '../../../fakes/samples.ts';

const payload = { seconds: 3 };

function run(
  over: Partial<AllHandlers>,
  { type = 'countdown', payload: given = payload as unknown } = {},
): Promise<string> {
  const controller = new AbortController();
  return runHandler(
    { type, payload: given, context: () => aJobContext(), controller, timeLeftMs: 50_000 },
    { contracts, handlers: { ...handlers, ...over }, clock: new FixedClock() },
  );
}

describe('the work of a job', () => {
  test('is given the payload and the context, and its result is JSON text', async () => {
    const seen: unknown[] = [];
    const result = await run({
      countdown: ({ seconds }, { id, attempt }) => {
        seen.push(seconds, id, attempt);
        return { seconds };
      },
    });
    expect(result).toBe('{"seconds":3}');
    expect(seen).toEqual([3, jobId, 1]);
  });

  test.each([
    ['of another shape', { seconds: 'three' }],
    ['with a key too many', { seconds: 3, more: 1 }],
    ['that is missing', null],
  ])('is not begun with a payload %s (any more)', async (_what, given) => {
    let begun = false;
    const countdown = () => {
      begun = true;
      return { seconds: 1 };
    };
    await expect(run({ countdown }, { payload: given })).rejects.toThrow(InvalidPayloadError);
    expect(begun).toBe(false);
  });

  test('of a type that this worker does not know is not refused for good', async () => {
    const ended = await run({}, { type: 'of-tomorrow' }).catch((error: unknown) => error);
    expect(ended).toBeInstanceOf(UnknownJobTypeError);
    expect(ended).not.toBeInstanceOf(PermanentError);
    expect(String(ended)).toContain('"of-tomorrow"');
  });

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])('has no type "%s"', async (type) => {
    await expect(run({}, { type })).rejects.toThrow(UnknownJobTypeError);
  });

  test('may not have a result that the contract does not allow', async () => {
    const running = run({ countdown: () => ({ seconds: 1.5 }) });
    await expect(running).rejects.toThrow(InvalidResultError);
    await expect(running).rejects.toThrow('the result does not fit the contract');
  });

  const frameBytes = JSON.stringify({ rows: 1, groups: [{ key: '', values: [] }] }).length;
  const resultOf = (bytes: number) => {
    const room = bytes - frameBytes;
    return { rows: 1, groups: [{ key: 'é'.repeat(room / 2) + 'e'.repeat(room % 2), values: [] }] };
  };

  test('may have a result of 256 KB, counted in bytes, and none that is larger', async () => {
    const csv = { csv: 'a\n1', groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] };
    const of = (bytes: number) =>
      run({ 'csv-aggregate': () => resultOf(bytes) }, { type: 'csv-aggregate', payload: csv });
    const most = 256 * 1024;
    expect(Buffer.byteLength(await of(most))).toBe(most);
    await expect(of(most + 1)).rejects.toThrow(InvalidResultError);
    await expect(of(most + 1)).rejects.toThrow('store it elsewhere');
  });

  test.each([
    ['an Error', new RangeError('no'), new RangeError('no')],
    ['a text', 'just text', new Error('a value that is not an Error was thrown: just text')],
    ['an object', { code: 7 }, new Error('a value that is not an Error was thrown: {"code":7}')],
    ['nothing', undefined, new Error('a value that is not an Error was thrown: undefined')],
    ['what JSON cannot write', 7n, new Error('a value that is not an Error was thrown: [object BigInt]')],
  ])('may throw %s', async (_what, thrown, expected) => {
    const throwing = () => {
      throw thrown;
    };
    await expect(run({ countdown: throwing })).rejects.toEqual(expected);
    await expect(run({ countdown: () => Promise.reject(thrown) })).rejects.toEqual(expected);
  });
});
