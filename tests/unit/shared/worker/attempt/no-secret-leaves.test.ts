import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobHandler } from '../../../../../shared/author/handler.ts';
import { createLog } from '../../../../../shared/aws/observe/logger.ts';
import { processDeliveries } from '../../../../../shared/delivery/process-deliveries.ts';
import { resolveDeadLetter } from '../../../../../shared/delivery/resolve-dead-letter.ts';
import { PermanentError, StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { toJobResponse } from '../../../../../shared/http/responses/job-response.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { projectDir } from '../../../../project-copy.ts';
import { captureConsole } from '../../../../set-ups/captured-console.ts';
import { record } from '../../../../set-ups/deliveries.ts';
import { aMessage, jobId } from '../../../../set-ups/samples.ts';
import {
  secretCookie,
  secretive,
  secretPayload,
  secretSession,
  secretsIn,
} from '../../../../set-ups/secretive-type.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const captured = captureConsole();
afterAll(() => captured.restore());
beforeEach(() => {
  captured.lines.length = 0;
});

type Handler = JobHandler<typeof secretive>;
const quoting = `${JSON.stringify(secretPayload)} ${secretPayload.token} ${encodeURIComponent(secretPayload.token)}`;
const urls = { statusUrl: 'https://api.example.com/jobs/1', pageUrl: 'https://api.example.com/ui/jobs/1' };

/** Runs a batch with one message on the real log, and returns what can be seen of it. */
async function run(
  handler: Handler,
  { payload = secretPayload as unknown, body = '', limits = undefined as (typeof secretive)['limits'] } = {},
) {
  const { deps, store, queue, clock } = aWorker();
  // Nobody may start soon.
  const startRates = {
    ...deps.startRates,
    take: async () => undefined,
    hasLine: () => false,
    nextStart: () => t0 + 9_000,
    nextInTurn: () => t0 + 9_000,
    join: async () => t0 + 9_000,
  };
  const worker = {
    ...deps,
    startRates,
    contracts: { secretive: { ...secretive, ...(limits ? { limits } : {}) } },
    handlers: { secretive: handler },
    log: createLog('test', process.env),
  };
  const message = aMessage({ type: 'secretive', payload });
  const one = record(1, { message });
  const event = { Records: [body === '' ? one : { ...one, body }] };
  await processDeliveries(
    event,
    (delivery) => processDelivery(delivery, anInvocation(clock), worker),
    worker,
  );
  const item = store.items.get(jobId);
  return { item, shown: item ? shownOf(item) : '', logged: captured.lines.join('\n'), queue };
}

/** What people see of a job, apart from its result. */
const shownOf = (item: JobItem) => JSON.stringify({ ...toJobResponse(item, urls), result: null });

class RefusedError extends PermanentError {
  override readonly name = 'RefusedError';
  readonly request = quoting;
}

describe('no secret leaves by', () => {
  const throwing =
    (thrown: unknown): Handler =>
    () => {
      throw thrown;
    };

  test.each<[string, unknown]>([
    ['message', new Error(`refused: ${quoting}`)],
    ['message, after which the job fails', new RefusedError(`refused: ${quoting}`)],
    ['name', Object.assign(new Error('refused'), { name: quoting })],
    [
      'name, of a class',
      new (class extends Error {
        override readonly name = `Refused ${secretPayload.token}`;
      })('no'),
    ],
    ['cause, by its name', new Error('no', { cause: Object.assign(new Error('no'), { name: quoting }) })],
    ['cause', new Error('refused', { cause: new Error(quoting, { cause: new Error(quoting) }) })],
    ['cause, which is no error', new Error('refused', { cause: secretPayload })],
    ['own property', Object.assign(new Error('refused'), { request: secretPayload, headers: quoting })],
    ['text, which is no error', quoting],
    ['value, which is no error', secretPayload],
    [
      'message that is cut',
      new Error(`${'x'.repeat(1_990)}${secretPayload.token} and ${secretPayload.token}`),
    ],
  ])("an error's %s", async (_what, thrown) => {
    const { item, shown, logged } = await run(throwing(thrown));
    expect(logged).toContain('attempt failed');
    expect(item?.error).toBeDefined();
    expect(secretsIn(logged)).toEqual([]);
    expect(secretsIn(shown)).toEqual([]);
    expect(`${logged}${shown}`).not.toContain(secretPayload.token.slice(0, 6));
  });

  test('an error, whose kind still decides what follows', async () => {
    expect((await run(throwing(new RefusedError(quoting)))).item).toMatchObject({
      status: 'failed',
      error: { name: 'RefusedError', message: expect.stringContaining('"user":"a-user","token":"[secret]"') },
    });
    expect((await run(throwing(new Error(quoting)))).item).toMatchObject({ status: 'queued', attempt: 1 });
  });

  test.each<[string, string, (payload: { readonly token: string }) => string]>([
    [
      'the error of it',
      'failed',
      ({ token }) => {
        throw new Error(`no account ${token}`);
      },
    ],
    ['what it is', 'waiting', ({ token }) => `account of ${token}`],
  ])('the key of a limit: %s', async (_what, status, key) => {
    const { item, shown, logged } = await run(throwing(new Error('it has started')), {
      limits: [{ key, perSecond: 1 }],
    });
    expect(item?.status).toBe(status);
    expect(shown).toContain('[secret]');
    expect([...secretsIn(logged), ...secretsIn(shown)]).toEqual([]);
  });

  test("the handler's own log, at every level", async () => {
    const { logged } = await run((payload, { log }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        log[level](`with ${payload.token}`, {
          payload,
          pin: payload.account?.pin,
          error: new Error(quoting),
        });
        log[level]('with a map', { [payload.token]: new Map([[1, payload.token]]), big: BigInt(918_273) });
      }
      return { user: payload.user, session: secretSession };
    });
    for (const level of ['DEBUG', 'INFO', 'WARN', 'ERROR']) expect(logged).toContain(`"level": "${level}"`);
    expect(logged).toContain('"user": "a-user"');
    expect(logged).toContain('[secret]');
    expect(secretsIn(logged)).toEqual([]);
  });

  test('its progress', async () => {
    const { item } = await run((payload, job) => {
      job.progress(50, `logged in with ${payload.token}`);
      return { user: payload.user, session: secretSession };
    });
    expect(item?.progress).toEqual({ percent: 50, message: 'logged in with [secret]' });
  });

  test('its result, which only the answer to a program has', async () => {
    const { item, shown, logged } = await run(({ user }) => ({ user, session: secretSession }));
    expect(JSON.parse(item?.result ?? '')).toEqual({ user: 'a-user', session: secretSession });
    expect(secretsIn(logged + shown)).toEqual([]);
  });

  test.each<[string, Handler, string]>([
    ['a result that does not fit', ((): unknown => ({ session: 7 })) as Handler, 'InvalidResultError'],
    [
      'a result whose check quotes it',
      () => ({ user: secretSession, session: secretSession }),
      'InvalidResultError',
    ],
    [
      'a result with a key too many',
      ((): unknown => ({ user: 'u', session: { [secretPayload.token]: secretPayload.token } })) as Handler,
      'InvalidResultError',
    ],
    [
      'a state that does not fit',
      async (_payload, job) => {
        await job.checkpoint({ cookie: secretCookie, step: 'one' } as never);
        return { user: 'a-user', session: secretSession };
      },
      'CheckpointError',
    ],
    [
      'an error after a state was saved',
      async (_payload, job) => {
        await job.checkpoint({ cookie: secretCookie, step: 1 });
        throw new RefusedError(`with ${secretCookie}`);
      },
      'RefusedError',
    ],
  ])('%s', async (_what, handler, name) => {
    const { item, shown, logged } = await run(handler);
    expect(item?.error?.name).toBe(name);
    expect(logged).toContain(name);
    expect(secretsIn(logged + shown)).toEqual([]);
  });

  test.each([
    ['of another type', { ...secretPayload, token: [secretPayload.token] }],
    ['with a wrong field', { ...secretPayload, user: 7 }],
    ['with a wrong value under a secret key', { ...secretPayload, headers: { [secretPayload.token]: 7 } }],
    ['whose check quotes it', { ...secretPayload, user: secretPayload.token }],
    ['with a key too many', { ...secretPayload, login: { ...secretPayload.login, more: 1 } }],
  ])('a payload %s', async (_what, payload) => {
    const { item, shown, logged } = await run(() => ({ user: '', session: '' }), { payload });
    expect(item?.error?.name).toBe('InvalidPayloadError');
    expect(secretsIn(logged + shown)).toEqual([]);
  });

  test.each([
    ['that is not JSON', secretPayload.keys[0] ?? ''],
    ['that is JSON and more', quoting],
    ["that is no job's", JSON.stringify({ ...secretPayload, id: secretPayload.token, tenant: 7 })],
  ])('a message %s, which is in quarantine only', async (_what, body) => {
    const { logged, queue } = await run(() => ({ user: '', session: '' }), { body });
    expect(queue.quarantined).toMatchObject([{ body }]);
    expect(logged).toContain('message quarantined');
    expect(secretsIn(logged + queue.quarantined.map(({ reason }) => reason).join())).toEqual([]);
  });

  test('a message that becomes a dead letter, or whose processing fails', async () => {
    const { deps } = aWorker();
    const log = createLog('test', process.env);
    const event = {
      Records: [record(1, { message: aMessage({ type: 'secretive', payload: secretPayload }) })],
    };
    await processDeliveries(event, (delivery) => resolveDeadLetter(delivery, { ...deps, log }), {
      ...deps,
      log,
    });
    const down = { ...deps.store, read: () => Promise.reject(new StoreUnavailableError('no')) };
    const unreachable = { ...deps, log, store: { ...down, write: down.read } };
    await processDeliveries(event, (delivery) => resolveDeadLetter(delivery, unreachable), unreachable);
    const logged = captured.lines.join('\n');
    expect(logged).toContain('job failed unclaimed');
    expect(logged).toContain('delivery failed');
    expect(secretsIn(logged)).toEqual([]);
  });
});

describe('an error that nothing has caught', () => {
  /** A process that prints uncaught errors, as the runtime of Lambda does. */
  const ending = (failure: string): string => `
    const { endAtUncaughtErrors } = await import(${JSON.stringify(pathToFileURL(join(projectDir, 'shared/aws/observe/uncaught-errors.ts')).href)});
    for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error) => console.log(error));
    endAtUncaughtErrors({ error: (message, fields) => console.log(message, JSON.stringify(fields)) });
    const refused = Object.assign(new Error('no\\n    at a-secret (/a-secret)'), { name: 'a-secret', own: 'a-secret' });
    ${failure};
    setTimeout(() => {}, 60_000);`;

  test.each([
    ['thrown', 'setImmediate(() => { throw refused; })'],
    [
      'thrown, with lines that look like those of a stack',
      "setImmediate(() => { throw new Error('no\\n    at a-secret (/a-secret:1:2)'); })",
    ],
    ['rejected', 'Promise.reject(refused)'],
    ['a text', "Promise.reject('a-secret')"],
    [
      'an error whose stack throws',
      "Promise.reject(Object.defineProperty(refused, 'stack', { get: () => { throw refused; } }))",
    ],
  ])('ends a worker, and says where it was, not what: %s', (_what, failure) => {
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', ending(failure)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).not.toContain('a-secret');
    if (failure.includes('throw refused; })')) expect(stdout).toMatch(/"at":\[" {4}at file:.*:\d+:\d+/);
  });
});
