import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  InvalidPayloadError,
  InvalidResultError,
  PermanentError,
  UnknownJobTypeError,
} from '../../../../shared/job/errors.ts';
import { SecretValues } from '../../../../shared/job/secret-values.ts';
import { runHandler } from '../../../../shared/worker/run-handler.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { type AllHandlers, handlers } from '../../../set-ups/handlers.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { jobId } from '../../../set-ups/samples.ts';

const payload = { seconds: 3 };

async function run(
  over: Partial<AllHandlers>,
  { type = 'countdown', payload: given = payload as unknown } = {},
): Promise<string | undefined> {
  const controller = new AbortController();
  const stored = await runHandler(
    {
      type,
      payload: given,
      context: async () => aJobContext(),
      store: async (result) => ({ result }),
      controller,
      secrets: new SecretValues(),
      timeLeftMs: 50_000,
    },
    { contracts, handlers: { ...handlers, ...over }, clock: new FixedClock() },
  );
  return stored.result;
}

describe('runHandler', () => {
  test('passes the payload and the context to the handler, and returns the result as JSON text', async () => {
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
    ['has a value of another type', { seconds: 'three' }],
    ['has an unknown key', { seconds: 3, more: 1 }],
    ['is null', null],
  ])(
    'does not start the handler if the payload %s, and so does not fit the contract',
    async (_what, given) => {
      let started = false;
      const countdown = () => {
        started = true;
        return { seconds: 1 };
      };
      await expect(run({ countdown }, { payload: given })).rejects.toThrow(InvalidPayloadError);
      expect(started).toBe(false);
    },
  );

  test('rejects an unknown type with an error that allows another attempt', async () => {
    const ended = await run({}, { type: 'unknown-type' }).catch((error: unknown) => error);
    expect(ended).toBeInstanceOf(UnknownJobTypeError);
    expect(ended).not.toBeInstanceOf(PermanentError);
    expect(String(ended)).toContain('"unknown-type"');
  });

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'knows no type "%s"',
    async (type) => {
      await expect(run({}, { type })).rejects.toThrow(UnknownJobTypeError);
    },
  );

  test('rejects a result that does not fit the contract', async () => {
    const running = run({ countdown: () => ({ seconds: 1.5 }) });
    await expect(running).rejects.toThrow(InvalidResultError);
    await expect(running).rejects.toThrow('the result does not fit the contract');
  });

  test.each([
    ['an Error', new RangeError('no'), new RangeError('no')],
    ['a string', 'just text', new Error('a value that is not an Error was thrown: just text')],
    ['an object', { code: 7 }, new Error('a value that is not an Error was thrown: {"code":7}')],
    ['undefined', undefined, new Error('a value that is not an Error was thrown: undefined')],
    [
      'a value that JSON cannot represent',
      7n,
      new Error('a value that is not an Error was thrown: [object BigInt]'),
    ],
  ])('rejects with an Error if the handler throws %s', async (_what, thrown, expected) => {
    const throwing = () => {
      throw thrown;
    };
    await expect(run({ countdown: throwing })).rejects.toEqual(expected);
    await expect(run({ countdown: () => Promise.reject(thrown) })).rejects.toEqual(expected);
  });
});
