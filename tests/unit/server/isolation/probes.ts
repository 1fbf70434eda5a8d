import { setTimeout } from 'node:timers/promises';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../../../shared/domain/objects/object-errors.ts';
import type { Probes } from './probe-contract.ts';

class QuotaError extends PermanentError {
  override readonly name = 'QuotaError';
}

const caught = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: Error) => ({
      name: error.name,
      message: error.message,
      isPermanent: error instanceof PermanentError,
    }),
  );

const textOf = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
};

/** The probes that end in the same way in the server's process. */
export const probes: Probes = {
  data: ({ id, tenant, run, submittedAt, attempt, resume, outputBytes }) => ({
    ...{ id, tenant, run, submittedAt, attempt, resume, outputBytes },
  }),
  payload: (_job, { name }) => name.greet(),
  clock: (job) => ({
    isNow: Math.abs(job.now() - Date.now()) < 60_000,
    uuids: new Set([job.uuid(), job.uuid()]).size,
    uuid: job.uuid().length,
  }),
  log: (job) => {
    job.log.info('an info', { n: 1, nested: { list: [1] }, when: new Date(0) });
    job.log.warn('a warning', { error: new QuotaError('no'), call: () => 1 });
  },
  progress: async (job) => {
    job.progress(42.25, 'nearly half');
    job.progress(10);
    job.progress(Number.NaN);
  },
  pause: (job) => job.pause(0.01),
  limit: async (job) => [
    await job.limit('second', () => 'called'),
    await caught(
      job.limit('second', () => {
        throw new QuotaError('no');
      }),
    ),
    await caught(job.limit('other', () => 'called')),
  ],
  'strict limit': async (job) => {
    const made: string[] = [];
    const call = async (name: string) => {
      made.push(`${name} begins`);
      await job.pause(0.02);
      made.push(`${name} ends`);
      // No text says what it is.
      return { name, ofJob: () => name };
    };
    const [first, second] = await Promise.all([
      job.limit('strict', () => call('one')),
      job.limit('strict', () => call('other')),
    ]);
    const isAborted = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const late = await caught(job.limit('strict', isAborted));
    return [first.ofJob(), second.ofJob(), made, late];
  },
  'limit far away': async (job) => {
    await job.limit('hour', () => 'called');
    return job.limit('hour', () => 'called');
  },
  checkpoint: async (job) => {
    const state = { n: 1, list: [1] };
    const saving = job.checkpoint(state, { flush: true });
    state.list.push(2);
    state.n = 2;
    await saving;
    throw new Error('after a checkpoint');
  },
  'wrong checkpoint': (job) => caught(job.checkpoint({ n: 'one' } as never)),
  'checkpoint without a clone': (job) => caught(job.checkpoint(((): void => {}) as never)),
  steps: async (job) => {
    const seats = await Promise.all(['a', 'b'].map((key) => job.step(key, () => ({ key, at: new Date(0) }))));
    return [seats, (await job.step('nothing', () => undefined)) ?? 'undefined'];
  },
  'failed step': (job) =>
    caught(
      job.step(
        'charge',
        () => {
          throw new QuotaError('no money');
        },
        { retries: 3 },
      ),
    ),
  'step that ends its attempt': (job) =>
    job.step('charge', async () => {
      throw new Error('busy');
    }),
  'step without JSON': (job) => caught(job.step('charge', () => 1n as unknown as number)),
  'same key twice': async (job) => [await job.step('a', () => 1), await caught(job.step('a', () => 2))],
  'step inside a step': (job) => caught(job.step('a', () => job.step('b', () => 1))),
  'wait inside a step': (job) => caught(job.step('a', () => job.waitFor('b', { until: 60 }))),
  'wait for an answer': (job) =>
    job.waitForSignal('approve', { key: 'turn-1', within: 3_600, question: 'Well?' }),
  'wait for what comes first': (job) =>
    job.waitFor('turn-2', { signal: 'approve', until: 3_600, question: 'And now?' }),
  'wait for an answer inside a step': (job) =>
    caught(job.step('a', () => job.waitForSignal('approve', { key: 'b', within: 3_600 }))),
  'no answer in time': async (job) => [
    await caught(job.waitForSignal('approve', { within: 0 })),
    await job.waitFor('either', { signal: 'approve', until: new Date(0) }),
  ],
  'unknown signal': (job) => caught(job.waitForSignal('refuse', { within: 1 })),
  'a link': (job) =>
    job.signalLink('approve', { key: 'turn-1', within: 3_600, about: 'Order 17', as: 'Eve' }),
  'a link inside a step': (job) => job.step('link', () => job.signalLink('approve')),
  'no link': (job) => caught(job.signalLink('refuse', { within: new Date(0) })),
  'wait after a step': async (job) => {
    await job.step('a', () => 1);
    await job.waitFor('time to pay', { until: new Date(job.now() + 3_600_000) });
  },
  sleep: (job) => job.sleep(3_600, { n: 7 }),
  'wrong sleep': (job) => caught(job.sleep(-1, { n: 7 })),
  'caught sleep': async (job) => {
    const first = await caught(job.sleep(60, { n: 7 }));
    throw new Error(`goes on after ${JSON.stringify(first)}`);
  },
  object: async (job, { object }) => {
    const text = await textOf(job.object(object).stream());
    const rest = await textOf(job.object(object).stream({ from: 700_000 }));
    let first = 0;
    for await (const chunk of job.object(object).stream()) {
      first = chunk.length;
      break;
    }
    return {
      size: await job.object(object).size(),
      read: text.length,
      isWhole: text === 'abcdefg'.repeat(100_000 + 1),
      rest,
      hasFirst: first > 0,
    };
  },
  'no object': async (job, { object }) => [
    await caught(job.object(object).size()),
    await caught(textOf(job.object('uploads/of/somebody').stream())),
  ],
  'output of no type': async (job) => {
    const wrong = ['text/\u0100', 'text/csv\n', '', `text/${'x'.repeat(252)}`];
    return Promise.all(wrong.map((contentType) => caught((async () => job.output({ contentType }))())));
  },
  'output of a long type': async (job) => {
    await job.output({ contentType: `text/${'x'.repeat(251)}` }).write('a');
  },
  output: async (job) => {
    const output = job.output({ contentType: 'text/plain' });
    const before = output.bytes;
    const buffer = Buffer.from('héllo ');
    const writing = output.write(buffer);
    buffer.fill(0);
    void output.write('world');
    await writing;
    void output.write('!');
    return [before, output.bytes];
  },
  'output of earlier slices': async (job) => {
    if (!job.resume) {
      await job.output({ contentType: 'text/plain' }).write('first ');
      return job.sleep(0, { n: 1 });
    }
    const output = job.output();
    const before = output.bytes;
    await output.write('second');
    return [before, job.outputBytes, output.bytes];
  },
  'output of steps': async (job) => {
    const output = job.output({ contentType: 'text/plain' });
    const refused = [await caught(output.write('outside'))];
    await job.step('first', () => output.write('first '));
    let tries = 0;
    await caught(
      job.step('failing', async () => {
        await output.write('to be dropped');
        throw new Error('no');
      }),
    );
    const before = output.bytes;
    await job.step(
      'second',
      async () => {
        tries += 1;
        await output.write(`try ${tries}`);
        if (tries < 2) throw new Error('once more');
      },
      { retries: 1 },
    );
    return [refused, before, output.bytes];
  },
  'forgotten awaits': async (job) => {
    void job.checkpoint({ n: 'one' } as never);
    void job.pause(0.001);
    void job.sleep(-1, { n: 1 });
    await setTimeout(50);
    return 'done';
  },
  result: () => ({ text: 'ä', list: [1, null], when: new Date(0), nothing: undefined }),
  'no result': () => undefined,
  error: () => {
    throw new RangeError('out of range');
  },
  'permanent error': () => {
    throw new QuotaError('the quota is spent');
  },
  outage: () => {
    throw new ObjectsUnavailableError('the bucket is away');
  },
  'no error at all': () => {
    throw { reason: 'a value' };
  },
  'error with a cause': () => {
    throw new Error('outer', { cause: new QuotaError('inner') });
  },
};
