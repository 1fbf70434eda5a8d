import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { ServerLink } from '../../../../server/isolation/ask-server.ts';
import { errorOfEnd } from '../../../../server/isolation/isolation-errors.ts';
import { remoteContext } from '../../../../server/isolation/remote-context.ts';
import { residentMb } from '../../../../server/isolation/run-in-process.ts';
import { fromWire, toWire } from '../../../../server/isolation/wire-error.ts';
import { systemClock, systemRandom } from '../../../../shared/aws/clients/clients.ts';
import {
  CheckpointError,
  ChildExpiredError,
  ChildrenFailedError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  LimitKeyError,
  LimitWaitError,
  OpenWaitError,
  PermanentError,
  PlanChangedError,
  QueueUnavailableError,
  RetryAfterError,
  SecretServiceError,
  SignalTimeoutError,
  StepError,
  StepFailedError,
  StoreUnavailableError,
  UnlistedContractError,
} from '../../../../shared/domain/base/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  OutputLostError,
  UploadGoneError,
} from '../../../../shared/domain/objects/object-errors.ts';
import { SchedulesUnavailableError } from '../../../../shared/domain/schedules/schedule-errors.ts';
import { endingAfter, HandOver, Interruption } from '../../../../shared/worker/hold/error-policy.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';

/** As the other process gets it. */
const sent = (thrown: unknown): Error => fromWire(structuredClone(toWire(thrown)));
const attempt = {
  item: { attempt: 1, maxAttempts: 3 },
  retry: undefined,
  now: 1_000_000,
  hasProgressed: false,
  random: 0.5,
};

const answered = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });

class OwnError extends PermanentError {
  override readonly name = 'OwnError';
}

describe('an error that is sent from one process to the other', () => {
  test.each([
    ['what the system calls it', 'ENOSPC', 'ENOSPC'],
    ['no code of another kind', 50, undefined],
  ])('has %s', (_what, code, expected) => {
    const received = sent(new Error('no', { cause: Object.assign(new Error('no'), { code }) }));
    expect(received.cause).toMatchObject({ message: 'no' });
    expect(Object(received.cause).code).toBe(expected);
  });

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
    new ObjectsUnavailableError('refused', { cause: answered('EntityTooLarge', 400) }),
    new ObjectsUnavailableError('refused', { cause: answered('AccessDenied', 403) }),
    new StoreUnavailableError('not sent', { cause: new TypeError('no such value') }),
    new LeaseLostError('no'),
    new JobCanceledError('no'),
    new JobTimeoutError('no'),
    new HandOver(),
    new HandOver(3_000),
    new Interruption(),
    new RetryAfterError(90, 'no'),
    new LimitWaitError(new Date(3_000_000), { of: 'stripe', at: 3_001_500 }),
    new LimitKeyError('no'),
    new RetryAfterError(new Date(3_000_000)),
  ])('leads to what it leads to in one process: %p', (error) => {
    const received = sent(error);
    expect(endingAfter(received, attempt)).toEqual(endingAfter(error, attempt));
    expect(received.name).toBe(error.name);
    expect(received.message).toBe(error.message);
    expect(received.stack).toBe(error.stack);
  });

  test.each([
    ...[CheckpointError, ChildExpiredError, ChildrenFailedError, InvalidPayloadError, InvalidResultError],
    ...[JobCanceledError, JobTimeoutError, LeaseLostError, LimitKeyError, OpenWaitError, PermanentError],
    ...[PlanChangedError, QueueUnavailableError, SecretServiceError, SignalTimeoutError, StepError],
    ...[
      StepFailedError,
      StoreUnavailableError,
      UnlistedContractError,
      MissingObjectError,
      ObjectsUnavailableError,
    ],
    ...[OutputLostError, UploadGoneError, SchedulesUnavailableError, Interruption, RangeError, TypeError],
  ])('is of the class that it had: %p', (Thrown) => {
    const error: Error = new Thrown('no');
    expect(Object.getPrototypeOf(sent(error))).toBe(Thrown.prototype);
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

const heap =
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native';
const aborted = { exitCode: null, signal: 'SIGABRT' } as const;

describe('isolation errors', () => {
  test.each([
    [
      'a full heap',
      { ...aborted, lastWords: heap },
      'MemoryLimitError',
      "the heap of the job's process has reached its limit of 256 MB",
    ],
    [
      'a full heap, in a shell',
      { exitCode: 134, signal: null, lastWords: heap },
      'MemoryLimitError',
      "the heap of the job's process has reached its limit of 256 MB",
    ],
    [
      'an abort',
      { ...aborted, lastWords: 'Aborted' },
      'JobCrashedError',
      'the process of the job ended by the signal SIGABRT',
    ],
    [
      'the kernel, which needs memory',
      { exitCode: null, signal: 'SIGKILL', lastWords: '' } as const,
      'JobCrashedError',
      'the process of the job ended by the signal SIGKILL',
    ],
    [
      'an exit',
      { exitCode: 0, signal: null, lastWords: heap },
      'JobCrashedError',
      'the process of the job ended with the exit code 0',
    ],
  ])('%s is told apart', (_what, end, name, message) => {
    expect(errorOfEnd(end, 256)).toMatchObject({ name, message });
  });
});

describe('resident memory', () => {
  test('the memory of a process counts that of the processes which it has started', async () => {
    const hungry =
      'const kept = Buffer.alloc(100 * 2 ** 20, 1); process.stdout.write("ready"); setInterval(() => kept, 1e6)';
    const started = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(hungry)}], { stdio: "inherit" })`;
    const parent = spawn(process.execPath, ['-e', started], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const { pid = 0 } = parent;
    try {
      await once(parent.stdout, 'data');
      expect(await residentMb(pid)).toBeGreaterThan(100);
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
    await once(parent, 'exit');
    expect(await residentMb(pid)).toBeUndefined();
  });
});

describe('a call that a job makes in its server', () => {
  /** The server refuses each call, with an error of its own or with the reason of an abort. */
  function refusing(thrown: Error, isReason = false) {
    const link = new ServerLink((message) => {
      if (message.kind !== 'question') return;
      const { number } = message;
      // As the server does it: after the job has begun to wait.
      setImmediate(() => link.take({ kind: 'refusal', number, error: toWire(thrown), isReason }));
    });
    return link;
  }

  test('is refused with the very reason of the abort: a handler may compare them', async () => {
    const reason = new JobCanceledError('a cancel was requested');
    const link = refusing(reason, true);
    link.take({ kind: 'abort', reason: toWire(reason) });
    const thrown = await link.ask({ name: 'pause', seconds: 1 }).catch((error) => error);
    expect(thrown).toBe(link.signal.reason);
  });

  test('throws the reason of an abort that comes before its answer: the job must not go on', async () => {
    const reason = toWire(new JobCanceledError('a cancel was requested'));
    const link = new ServerLink((message) => {
      if (message.kind !== 'question') return;
      setImmediate(() => {
        link.take({ kind: 'abort', reason });
        link.take({ kind: 'answer', number: message.number, value: undefined });
      });
    });
    const { output: _, signal: __, log: ___, ...data } = aJobContext();
    const job = remoteContext(data, link, { clock: systemClock, random: systemRandom, contracts: {} });
    expect(await job.pause(1).catch((error) => error)).toBe(link.signal.reason);
  });

  test('leaves the output as long as it was, if it writes too much', async () => {
    const link = refusing(new InvalidResultError('too much'));
    const { output: _, signal: __, log: ___, ...data } = aJobContext({ outputBytes: 5 });
    const output = remoteContext(data, link, {
      clock: systemClock,
      random: systemRandom,
      contracts: {},
    }).output();
    await expect(output.write('0123')).rejects.toThrow(InvalidResultError);
    expect(output.bytes).toBe(5);
  });
});
