import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { JobProcess } from '../../../../server/isolation/fork-job.ts';
import { probeFolder, probeProcess } from '../../../../server/isolation/isolate-jobs.ts';
import { MemoryLimitError } from '../../../../server/isolation/isolation-errors.ts';
import type { ToServer } from '../../../../server/isolation/messages.ts';
import { runInProcess } from '../../../../server/isolation/run-in-process.ts';
import { systemClock } from '../../../../shared/aws/clients/clients.ts';
import { JobCanceledError } from '../../../../shared/domain/base/errors.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { eventually } from '../../../integration/eventually.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { anId, jobId } from '../../../set-ups/samples.ts';
import { aServer, probeProcess as goodProcess, heldProcess, removeFolders } from './a-server.ts';
import { isRunning, pidsIn, untilGone } from './processes.ts';

type Server = ReturnType<typeof aServer>;

/** The processes that a probe has named in this line of its log. */
const pidsOf = (server: Server, line: string) =>
  eventually(async () => {
    const found = server.log.lines.find(({ message }) => message === line);
    return found && pidsIn(found.fields);
  }, `the line ${line}`);

function cancel({ store }: Server): void {
  const item = store.items.get(jobId);
  if (!item) throw new Error('there is no item');
  store.items.set(jobId, { ...item, cancelRequested: true });
}

describe('ends', () => {
  afterAll(removeFolders);

  test.each(['caught', 'uncaught'])(
    'no secret that a job reads leaves its process by an error that is %s',
    async (object) => {
      const server = aServer();
      const { item } = await server.run({ probe: 'own secret', object });
      expect(item).toMatchObject({
        progress: { message: 'with [secret]' },
        error: { message: expect.stringContaining('with [secret]') },
      });
      expect(JSON.stringify([item, server.log.lines])).not.toContain('the-own-secret');
    },
  );

  test('a job has a folder of its own for its files, which is gone afterwards', async () => {
    const server = aServer();
    const { item } = await server.run({ probe: 'folder' });
    expect(JSON.parse(item?.result ?? '')).toMatch(/isolation-\w+\/job-\w+$/);
    expect(server.folders()).toEqual([]);
  });

  test.each([
    ['payload', { status: 'succeeded' }],
    ['error', { error: { name: 'RangeError', message: 'out of range' } }],
    [
      'exit',
      { error: { name: 'JobCrashedError', message: 'the process of the job ended with the exit code 3' } },
    ],
    [
      'abort',
      { error: { name: 'JobCrashedError', message: 'the process of the job ended by the signal SIGABRT' } },
    ],
    [
      'uncaught',
      {
        error: {
          name: 'JobCrashedError',
          message: 'nothing in the job has caught an error: TypeError: nobody listens',
        },
      },
    ],
    [
      'disconnect',
      {
        error: {
          name: 'JobCrashedError',
          message: 'the process of the job has closed its channel to the server',
        },
      },
    ],
    ['heap', { error: { name: 'MemoryLimitError', message: expect.stringContaining('256 MB') } }],
    [
      'buffers',
      { error: { name: 'MemoryLimitError', message: expect.stringContaining('of 256 MB allowed') } },
    ],
  ])('a job that ends by %s ends alone, and leaves no folder', async (probe, expected) => {
    const server = aServer();
    const [{ item }, other] = await Promise.all([
      server.run({ probe }),
      server.run({ probe: 'pause' }, { id: anId(2) }),
    ]);
    expect(item).toMatchObject({ attempt: 1, ...expected });
    expect(other.item).toMatchObject({ status: 'succeeded' });
    expect(server.folders()).toEqual([]);
  });

  describe('a process that cannot begin its job', () => {
    const own = { environment: process.env, clock: systemClock };
    const nothing = join(import.meta.dirname, 'no-such-process.ts');

    test('says that its server is at fault, in the attempt and in a probe', async () => {
      const server = aServer({ entry: nothing });
      const { item } = await server.run({ probe: 'payload' });
      expect(item?.error).toEqual({
        name: 'NoProcessError',
        message: 'before it began, the process of the job ended with the exit code 1',
      });
      await expect(probeProcess({ ...own, entry: nothing, folder: server.folder })).rejects.toThrow(
        'has not begun',
      );
      expect(server.folders()).toEqual([]);
    });

    test('a probe of one that can finds nothing, and leaves nothing', async () => {
      const { folder, folders } = aServer();
      await probeProcess({ ...own, entry: goodProcess, folder });
      await probeFolder(folder);
      expect(folders()).toEqual([]);
      await expect(probeFolder(join(folder, 'missing'))).rejects.toThrow('ENOENT');
    });
  });

  test('a process that a job leaves behind keeps nothing of the server open', async () => {
    const server = aServer();
    const before = readdirSync('/proc/self/fd').length;
    const jobs = [1, 2, 3, 4].map((n) => server.run({ probe: 'daemon' }, { id: anId(n) }));
    for (const { item } of await Promise.all(jobs)) expect(item).toMatchObject({ status: 'succeeded' });
    await eventually(
      async () => readdirSync('/proc/self/fd').length < before + jobs.length || undefined,
      'descriptors to be closed',
    );
    for (const { fields } of server.log.lines) for (const pid of pidsIn(fields)) process.kill(pid);
  });

  test('a server that ends a job does not wait for what a process has to say that the job leaves behind', async () => {
    const server = aServer();
    const running = server.run({ probe: 'daemon', object: 'deaf' });
    const [pid = 0] = await pidsOf(server, 'daemon');
    server.drain();
    expect((await running).item).toMatchObject({ status: 'queued', interruptions: 1 });
    expect(server.folders()).toEqual([]);
    process.kill(pid);
  });

  test('too much memory is a failure of one attempt: there are others', async () => {
    expect((await aServer().run({ probe: 'heap' })).item?.status).toBe('queued');
    expect(new MemoryLimitError('no').name).toBe('MemoryLimitError');
  });

  describe('a job that is canceled', () => {
    test('is told, and may end by itself', async () => {
      const server = aServer({ leaseMs: 2_000, heartbeatMs: 1_000 });
      const running = server.run({ probe: 'heeded signal' });
      const pids = await pidsOf(server, 'heeding');
      cancel(server);
      expect((await running).item).toMatchObject({ status: 'canceled' });
      expect(server.log.lines).toContainEqual(
        expect.objectContaining({
          message: 'told to end',
          fields: expect.objectContaining({ name: 'JobCanceledError' }),
        }),
      );
      expect(await Promise.all(pids.map(isRunning))).toEqual([false]);
      expect(server.folders()).toEqual([]);
    });

    test('is ended if it does not listen', async () => {
      const server = aServer({ leaseMs: 2_000, heartbeatMs: 1_000 });
      const running = server.run({ probe: 'ignored signal' });
      const pids = await pidsOf(server, 'deaf');
      cancel(server);
      expect((await running).item).toMatchObject({ status: 'canceled' });
      expect(await Promise.all(pids.map(isRunning))).toEqual([false]);
      expect(server.folders()).toEqual([]);
    });

    test('kept its lease while its event loop was blocked, and ends with the process that it has started', async () => {
      const server = aServer({ leaseMs: 2_000, heartbeatMs: 1_000 });
      const running = server.run({ probe: 'block' });
      const pids = await pidsOf(server, 'blocked');
      expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
      const first = server.store.items.get(jobId)?.leaseUntil ?? 0;
      // The third lease.
      await eventually(async () => {
        const { leaseUntil = 0 } = server.store.items.get(jobId) ?? {};
        return leaseUntil > first + 4_000 || undefined;
      }, 'the lease to be renewed');
      expect(server.store.items.get(jobId)).toMatchObject({ status: 'running', attempt: 1 });
      cancel(server);
      expect((await running).item).toMatchObject({ status: 'canceled', attempt: 1 });
      await untilGone(pids);
      expect(server.folders()).toEqual([]);
    });
  });

  test('a job that its server must leave is ended, and its attempt does not count', async () => {
    const server = aServer();
    const running = server.run({ probe: 'block' });
    const pids = await pidsOf(server, 'blocked');
    server.drain();
    expect((await running).item).toMatchObject({ status: 'queued', interruptions: 1, attempt: 0 });
    await untilGone(pids);
    expect(server.folders()).toEqual([]);
  });

  test('a job that its server must leave before its process is ready does not begin', async () => {
    const server = aServer({ entry: heldProcess });
    const running = server.run({ probe: 'begin' });
    const folder = await eventually(async () => server.folders()[0], 'the process to be started');
    server.drain();
    writeFileSync(join(server.folder, folder, 'go'), '');
    const { item } = await running;
    expect(item).toMatchObject({ status: 'queued', interruptions: 1 });
    expect(server.log.lines.filter(({ message }) => message === 'it has begun')).toEqual([]);
  });
});

/** A process that says this at once, and has ended when the test says so. */
function aSlowProcess(...says: readonly ToServer[]) {
  const exited = Promise.withResolvers<void>();
  const calls: string[] = [];
  const process: JobProcess = {
    pid: -1,
    onMessage: (take) => {
      for (const message of [{ kind: 'ready' } as const, ...says]) take(message);
    },
    send: ({ kind }) => void calls.push(kind),
    kill: () => void calls.push('kill'),
    exited: exited.promise,
    ended: new Promise(() => {}),
  };
  return { process, calls, exit: () => exited.resolve() };
}

test('an attempt ends only when its process has ended: until then it may do what the next one does', async () => {
  const { process, calls, exit } = aSlowProcess({ kind: 'returned', result: 7 });
  const job = aJobContext();
  let hasEnded = false;
  const running = runInProcess(
    process,
    { body: '', job, contracts: {}, maxMemoryMb: 1 },
    systemClock,
  ).finally(() => {
    hasEnded = true;
  });
  await setImmediate();
  expect([calls, hasEnded]).toEqual([['start', 'kill'], false]);
  exit();
  expect(await running).toBe(7);
});

test('a job that is told to end has a second and a half to do so, and not less', async () => {
  const { process, calls, exit } = aSlowProcess();
  exit();
  const [controller, clock] = [new AbortController(), new FixedClock()];
  const job = aJobContext({ signal: controller.signal });
  const running = runInProcess(process, { body: '', job, contracts: {}, maxMemoryMb: 1 }, clock).catch(
    (error) => error,
  );
  controller.abort(new JobCanceledError('a cancel was requested'));
  await clock.advance(1_499);
  expect(calls).toEqual(['start', 'abort']);
  await clock.advance(1);
  expect(await running).toBe(controller.signal.reason);
  expect(calls).toEqual(['start', 'abort', 'kill']);
});

test('an object that a job has begun to read is closed when the job has ended', async () => {
  const question = { name: 'read', stream: 0, object: 'an object', from: 0 } as const;
  const { process, exit } = aSlowProcess(
    { kind: 'question', number: 0, question },
    { kind: 'returned', result: 7 },
  );
  exit();
  const closed = Promise.withResolvers<string>();
  const job = aJobContext({
    object: (name) => ({
      name,
      size: async () => 1,
      async *stream() {
        try {
          for (;;) yield new Uint8Array(1024 * 1024);
        } finally {
          closed.resolve(name);
        }
      },
    }),
  });
  await runInProcess(process, { body: '', job, contracts: {}, maxMemoryMb: 1 }, systemClock);
  expect(await Promise.race([closed.promise, setTimeout(1_000, 'it is open')])).toBe('an object');
});

const doomed = fileURLToPath(new URL('./doomed-server.ts', import.meta.url));

/** The processes of the job, and where its folder is, once it has started. */
async function startedBy(stdout: AsyncIterable<Buffer>) {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const [, pids, folder] = /pids (.*) in (.*) end/.exec(text) ?? [];
    if (pids !== undefined && folder !== undefined) return { pids: pids.split(' ').map(Number), folder };
  }
  throw new Error(`the server has ended: ${text}`);
}

describe('end with server', () => {
  test('a job that blocks its process ends with a server that is killed, with its folder and what it has started', async () => {
    const server = spawn(process.execPath, [doomed], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { pids, folder } = await startedBy(server.stdout);
    expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
    expect(readdirSync(folder)).toHaveLength(1);
    server.kill('SIGKILL');
    await once(server, 'exit');
    await untilGone(pids);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
