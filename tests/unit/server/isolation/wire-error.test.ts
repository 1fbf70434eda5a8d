import { describe, expect, test } from '@jest/globals';
import { fromWire, toWire } from '../../../../server/isolation/wire-error.ts';
import {
  CheckpointError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  PermanentError,
} from '../../../../shared/job/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  OutputLostError,
} from '../../../../shared/job/object-errors.ts';
import { endingAfter, HandOver, Interruption } from '../../../../shared/worker/error-policy.ts';

/** As the other process gets it. */
const sent = (thrown: unknown): Error => fromWire(structuredClone(toWire(thrown)));
const attempt = { item: { attempt: 1, maxAttempts: 3 }, hasProgressed: false, random: 0.5 };

class OwnError extends PermanentError {
  override readonly name = 'OwnError';
}

describe('an error that is sent from one process to the other', () => {
  test.each([
    new Error('no'),
    new RangeError('no'),
    new PermanentError('no'),
    new OwnError('no'),
    new InvalidPayloadError('no'),
    new InvalidResultError('no'),
    new CheckpointError('no'),
    new MissingObjectError('no'),
    new OutputLostError('no'),
    new ObjectsUnavailableError('no'),
    new LeaseLostError('no'),
    new JobCanceledError('no'),
    new JobTimeoutError('no'),
    new HandOver(),
    new HandOver(3_000),
    new Interruption(),
  ])('leads to what it leads to in one process: %p', (error) => {
    const received = sent(error);
    expect(endingAfter(received, attempt)).toEqual(endingAfter(error, attempt));
    expect(received.name).toBe(error.name);
    expect(received.message).toBe(error.message);
    expect(received.stack).toBe(error.stack);
  });

  test('has its causes, as far as they are errors', () => {
    const { cause } = sent(new Error('outer', { cause: new OwnError('inner', { cause: 'a text' }) }));
    expect(cause).toBeInstanceOf(PermanentError);
    expect(cause).toMatchObject({ name: 'OwnError', message: 'inner' });
    expect(cause).not.toHaveProperty('cause');
  });

  test('ends somewhere, although it is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(sent(error)).toMatchObject({ message: 'round', cause: { message: 'round' } });
  });

  test('may be anything', () => {
    const broken = Object.defineProperty(new Error('no'), 'stack', {
      get: () => {
        throw new Error('a getter');
      },
    });
    expect(sent(broken).message).toBe('no');
    expect(sent('a text').message).toBe('a value that is not an Error was thrown: a text');
    expect(sent(undefined).message).toBe('a value that is not an Error was thrown: undefined');
  });
});
