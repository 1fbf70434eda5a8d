import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hideEverywhere } from '../../../../shared/author/secret-values.ts';
import type { Probes } from './probe-contract.ts';

/** The probes that would take along the server, or that it cannot end. */
export const wildProbes: Probes = {
  folder: async () => {
    await writeFile(join(tmpdir(), 'a file'), 'some');
    return tmpdir();
  },
  /** Reads one piece of an object, and stops there for a moment. */
  'slow reader': async (job, { object }) => {
    for await (const chunk of job.object(object).stream()) {
      await job.pause(0.3);
      return chunk.length;
    }
    return 0;
  },
  'steady writer': async (job) => {
    const output = job.output();
    for (let piece = 1; piece <= 3; piece += 1) {
      await output.write('x'.repeat(1_000));
      job.log.info('written', { piece });
    }
  },
  /** What the process of the job has read, and its server has not. */
  'own secret': async (job, { object }) => {
    hideEverywhere('the-own-secret');
    job.log.info('read the-own-secret', { error: new Error('the-own-secret') });
    job.progress(50, 'with the-own-secret');
    const error = Object.assign(new Error('with the-own-secret'), { name: 'the-own-secret' });
    if (object === 'uncaught')
      setImmediate(() => {
        throw error;
      });
    await setTimeout(object === 'uncaught' ? 600_000 : 0);
    throw error;
  },
  /** Leaves a process behind that has left its group, and keeps its standard error open. */
  daemon: async (job, payload) => {
    const daemon = spawn('sleep', ['600'], { detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
    await once(daemon, 'spawn');
    await job.pause(0);
    job.log.info('daemon', { pids: [daemon.pid] });
    await setTimeout(payload.object === 'deaf' ? 600_000 : 0);
  },
  disconnect: async () => {
    process.disconnect?.();
    await setTimeout(600_000);
  },
  begin: (job) => job.log.info('it has begun'),
  exit: () => process.exit(3),
  abort: () => process.abort(),
  uncaught: async () => {
    setImmediate(() => {
      throw new TypeError('nobody listens');
    });
    await setTimeout(60_000);
  },
  heap: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(Array(100_000).fill(0));
  },
  buffers: async () => {
    const kept: Buffer[] = [];
    for (;;) {
      kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
      await setTimeout(20);
    }
  },
  /** Starts another process, says which processes there are, and does not let go of its event loop. */
  block: async (job) => {
    const other = spawn('sleep', ['600']);
    await once(other, 'spawn');
    await job.pause(0);
    job.log.info('blocked', { pids: [process.pid, other.pid] });
    // Without an end, as a loop would, but nothing is computed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  'ignored signal': async (job) => {
    job.log.info('deaf', { pids: [process.pid] });
    await setTimeout(600_000);
  },
  'heeded signal': async (job) => {
    job.log.info('heeding', { pids: [process.pid] });
    await once(job.signal, 'abort');
    job.log.info('told to end', { name: job.signal.reason.name });
    job.signal.throwIfAborted();
  },
};
