import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../../shared/author/handler.ts';
import {
  InvalidResultError,
  LeaseLostError,
  PermanentError,
} from '../../../../../shared/domain/base/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  OutputLostError,
  UploadGoneError,
} from '../../../../../shared/domain/objects/object-errors.ts';
import { resultNameOf, type SavedOutput } from '../../../../../shared/domain/objects/stored-object.ts';
import { uploadNameFor } from '../../../../../shared/domain/objects/upload-name.ts';
import { zObject } from '../../../../../shared/domain/objects/z-object.ts';
import { objectOf } from '../../../../../shared/worker/attempt/job-object.ts';
import { OutputStream } from '../../../../../shared/worker/hold/output-stream.ts';
import { restoredOutput } from '../../../../../shared/worker/hold/restored-output.ts';
import { storeState } from '../../../../../shared/worker/hold/saved-states.ts';
import { StateObjects } from '../../../../../shared/worker/hold/state-objects.ts';
import { storeResult } from '../../../../../shared/worker/hold/store-result.ts';
import { type FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import {
  InMemoryMultipartUploads,
  InMemoryObjectStore,
} from '../../../../../testkit/fakes/in-memory-objects.ts';
import type { AllHandlers } from '../../../../set-ups/handlers.ts';
import { anId, aRunningItem, uploadRules } from '../../../../set-ups/samples.ts';
import { aWorker, spiedWorker } from '../../../../set-ups/worker.ts';

const partBytes = 10;

/** A bucket with parts of ten bytes, and the outputs of claims of one job. */
function aBucket() {
  const objects = new InMemoryObjectStore();
  const multipart = new InMemoryMultipartUploads(objects.objects, partBytes);
  // Every wait is over at once.
  const clock = { now: () => 0, sleep: async () => {} };
  const deps = { objects, multipart, clock, random: fixedRandom() };
  const claimed = (fencingToken: number) => {
    const output = new OutputStream(aRunningItem({ fencingToken }), deps);
    output.open('text/plain');
    return output;
  };
  const saving = async (output: OutputStream) => {
    const { output: saved } = await storeState(
      aRunningItem(),
      { text: '1', output: output.snapshot() },
      deps,
    );
    if (!saved) throw new Error('nothing was saved');
    return saved;
  };
  const restored = async (saved: SavedOutput, fencingToken: number) => {
    const next = claimed(fencingToken);
    next.restore(await restoredOutput(saved, aRunningItem({ fencingToken }), deps));
    return next;
  };
  /** Saves what was written, and goes on with another claim. */
  const handedOver = async (output: OutputStream, fencingToken: number) =>
    restored(await saving(output), fencingToken);
  const textOf = (name = '') => Buffer.from(objects.objects.get(name) ?? []).toString('utf8');
  return { ...deps, claimed, saving, restored, handedOver, textOf };
}

const nameFor = (tenant: string) => uploadNameFor({ tenant, id: anId(1), now: t0 }, uploadRules);
const outputOf = (tenant: string) => resultNameOf({ tenant, id: anId(1), run: 1, fencingToken: 2 });
const content = Buffer.from('key,n\n'.repeat(40_000));

function anObject(name = nameFor('a tenant')) {
  const objects = new InMemoryObjectStore([
    [nameFor('a tenant'), content],
    [nameFor('another tenant'), content],
    [outputOf('a tenant'), content],
    [outputOf('another tenant'), content],
  ]);
  const controller = new AbortController();
  return { object: objectOf(name, 'a tenant', { objects, signal: controller.signal }), controller };
}

describe('an object that a job reads', () => {
  test('has its size and its bytes, from any position on', async () => {
    const { object } = anObject();
    expect(await object.size()).toBe(content.length);
    expect((await buffer(object.stream())).equals(content)).toBe(true);
    for (const from of [1, 65_535, 65_536, content.length - 1, content.length, content.length + 7])
      expect((await buffer(object.stream({ from }))).equals(content.subarray(from))).toBe(true);
  });

  test('can be read only by its tenant, whatever the payload says', async () => {
    // On the wire, `..` would lead out of the tenant's folder.
    const own = nameFor('a tenant').split('/').slice(0, 2).join('/');
    const leadingOut = [`${own}/../../${nameFor('another tenant')}`, `${own}/../../results/x`, `${own}/./x`];
    const others = [nameFor('another tenant'), outputOf('another tenant')];
    for (const name of [...others, `${outputOf('a tenant')}/../x`, '../x', 'results/x', '', ...leadingOut]) {
      const { object } = anObject(name);
      await expect(object.size()).rejects.toThrow(MissingObjectError);
      await expect(buffer(object.stream())).rejects.toThrow('there is no such object');
    }
  });

  test('is the output of another job of the tenant, too', async () => {
    const { object } = anObject(outputOf('a tenant'));
    expect(zObject().safeParse(object.name).success).toBe(true);
    expect(await object.size()).toBe(content.length);
  });

  test('that is not there fails the job for good', async () => {
    const { object } = anObject(uploadNameFor({ tenant: 'a tenant', id: anId(2), now: t0 }, uploadRules));
    await expect(object.size()).rejects.toThrow(PermanentError);
    await expect(buffer(object.stream())).rejects.toThrow(PermanentError);
  });

  test('is no longer read once the signal is aborted', async () => {
    const { object, controller } = anObject();
    const reason = new Error('canceled');
    const read = async () => {
      for await (const _ of object.stream()) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await expect(object.size()).rejects.toBe(reason);
  });
});

async function withObjects(...names: readonly string[]) {
  const { objects, log } = aWorker();
  for (const name of names) await objects.put({ name, body: name, contentType: 'text/plain' });
  return { objects, log, left: () => [...objects.objects.keys()] };
}

describe('state objects', () => {
  test('the objects of an earlier state are deleted when the item has the next one', async () => {
    const { objects, log, left } = await withObjects('old', 'new');
    const states = new StateObjects(aRunningItem({ checkpoint: '@old' }), { objects, log });
    states.keep({ checkpoint: '@new' });
    await states.sweep(aRunningItem({ checkpoint: '@old' }));
    expect(left()).toEqual(['old', 'new']);
    await states.sweep(aRunningItem({ checkpoint: '@new' }));
    expect(left()).toEqual(['new']);
  });

  test('a state that is yet to be written keeps its objects', async () => {
    const { objects, log, left } = await withObjects('first', 'second');
    const states = new StateObjects(aRunningItem(), { objects, log });
    states.keep({ checkpoint: '@first' });
    states.keep({ checkpoint: '@second' });
    await states.sweep(aRunningItem({ checkpoint: '@first' }));
    expect(left()).toEqual(['first', 'second']);
  });

  test('all of them are deleted when the job has ended without a state, and the tail of its output too', async () => {
    const { objects, log, left } = await withObjects('state', 'tail');
    const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 4, tail: 'tail' };
    const states = new StateObjects(aRunningItem({ checkpoint: '@state', output }), { objects, log });
    await states.sweep(aRunningItem({ status: 'succeeded' }));
    expect(left()).toEqual([]);
  });

  test('one that cannot be deleted is logged, and left to the bucket', async () => {
    const { objects, log } = await withObjects('state');
    const refusing = {
      delete: async () => {
        throw new ObjectsUnavailableError('no');
      },
    };
    const states = new StateObjects(aRunningItem({ checkpoint: '@state' }), { objects: refusing, log });
    await states.sweep(aRunningItem({ status: 'succeeded' }));
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'object not deleted' }]);
    expect(objects.objects.size).toBe(1);
  });

  test('all are deleted at the same time: a bucket that does not answer may hold up the end of a job only once', async () => {
    const { log } = await withObjects();
    let pending = 0;
    const both = Promise.withResolvers<void>();
    const slow = {
      delete: () => {
        pending += 1;
        if (pending === 2) both.resolve();
        return both.promise;
      },
    };
    const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 4, tail: 'tail' };
    const states = new StateObjects(aRunningItem({ checkpoint: '@state', output }), { objects: slow, log });
    await states.sweep(aRunningItem({ status: 'succeeded' }));
    expect(pending).toBe(2);
  });
});

type Job = JobContext<{ passed: number }>;
type Branch = (job: Job, clock: FixedClock, record: (what: string) => void) => Promise<unknown>;

/** Runs a job that leaves a branch running when it ends, and advances the clock past the branch's forty steps. */
async function runWithLeftover(branch: Branch, end: () => Promise<{ seconds: number }>) {
  const recorded: string[] = [];
  let job: Job | undefined;
  const counting: AllHandlers['counting'] = async (_payload, context) => {
    job = context;
    const leftover = branch(context, worker.clock, (what) => recorded.push(what));
    return (await Promise.all([end(), Promise.race([leftover, worker.clock.sleep(0)])]))[0];
  };
  const worker = spiedWorker({ counting });
  const processing = worker.process();
  await worker.clock.advance(0);
  await processing;
  const callsAtEnd = worker.calls.length;
  await worker.clock.advance(40_000);
  const callsAfter = worker.calls.slice(callsAtEnd);
  return { recorded, callsAfter, stored: worker.stored(), signal: job?.signal };
}

const failing = () => Promise.reject(new Error('another branch failed'));
const succeeding = async () => ({ seconds: 0 });

const stepping =
  (step: (job: Job, passed: number) => Promise<unknown>): Branch =>
  async (job, clock, record) => {
    for (let passed = 1; passed <= 40; passed += 1) {
      await clock.sleep(500);
      await step(job, passed).then(
        () => record('continued'),
        (error: Error) => record(error.name),
      );
    }
  };

describe('code that an attempt leaves running when it ends', () => {
  test.each([
    ['saves a checkpoint', (job: Job, passed: number) => job.checkpoint({ passed })],
    ['pauses', (job: Job) => job.pause(0)],
    ['sleeps', (job: Job) => job.sleep(60, { passed: 1 })],
  ])('stops the next time it %s, and writes nothing', async (_what, step) => {
    for (const end of [failing, succeeding]) {
      const { recorded, callsAfter, stored } = await runWithLeftover(stepping(step), end);
      expect(recorded).toEqual([]);
      expect(callsAfter).toEqual([]);
      expect(stored).not.toHaveProperty('checkpoint');
    }
  });

  test.each([
    ['failed', failing],
    ['succeeded', succeeding],
  ])(
    'does not see its signal aborted after the job %s, because an unhandled rejection would end the process',
    async (_what, end) => {
      const { signal } = await runWithLeftover(async () => {}, end);
      expect(signal?.aborted).toBe(false);
    },
  );
});

const item = aRunningItem();

function storing(requireLease = () => {}) {
  const { deps, objects } = aWorker();
  const output = new OutputStream(item, deps);
  const textOf = (name = '') => Buffer.from(objects.objects.get(name) ?? []).toString('utf8');
  return {
    output,
    objects,
    textOf,
    store: (text: string) => storeResult(text, { item, output, objects, requireLease }),
  };
}

/** A JSON text of as many bytes. */
const textOfBytes = (bytes: number): string => JSON.stringify('é'.repeat((bytes - 2) / 2));

describe('store result', () => {
  test('a result of up to 32 KB is stored in the item alone', async () => {
    const { store, objects } = storing();
    const text = textOfBytes(32 * 1024);
    expect(await store(text)).toEqual({ result: text });
    expect(objects.objects.size).toBe(0);
  });

  test('a larger one is stored in an object, which is named by job, run and fencing token', async () => {
    const { store, textOf } = storing();
    const text = textOfBytes(32 * 1024 + 2);
    const { result, resultObject } = await store(text);
    expect(result).toBeUndefined();
    expect(resultObject).toMatchObject({ bytes: 32 * 1024 + 2, contentType: 'application/json' });
    expect(resultObject?.name).toMatch(
      new RegExp(`^results/[\\w-]{22}/${item.id}/${item.run}/${item.fencingToken}$`),
    );
    expect(textOf(resultObject?.name)).toBe(text);
  });

  test('one of over 16 MB is refused: it must be streamed', async () => {
    const { store } = storing();
    const frame = 16 * 1024 * 1024;
    await expect(store(textOfBytes(frame + 2))).rejects.toThrow(InvalidResultError);
    await expect(store(textOfBytes(frame + 2))).rejects.toThrow('write it to the output');
  });

  test('what was streamed becomes an object, beside what the handler returned', async () => {
    const { store, output, textOf } = storing();
    output.open('text/csv');
    await output.write('a,b\n');
    const { result, resultObject } = await store('{"rows":0}');
    expect(result).toBe('{"rows":0}');
    expect(resultObject).toMatchObject({ bytes: 4, contentType: 'text/csv' });
    expect(textOf(resultObject?.name)).toBe('a,b\n');
  });

  test('beside a stream, the handler returns 32 KB at most', async () => {
    const { store, output } = storing();
    output.open('text/csv');
    await expect(store(textOfBytes(32 * 1024 + 2))).rejects.toThrow(InvalidResultError);
  });

  test('a worker that may have lost the job writes no object, and the item decides about a small result', async () => {
    const lost = () => {
      throw new LeaseLostError('the lease has run out');
    };
    const { store, output, objects } = storing(lost);
    expect(await store('1')).toEqual({ result: '1' });
    await expect(store(textOfBytes(32 * 1024 + 2))).rejects.toThrow(LeaseLostError);
    output.open('text/csv');
    await expect(store('1')).rejects.toThrow(LeaseLostError);
    expect(objects.objects.size).toBe(0);
  });
});

describe('an output', () => {
  test.each([0, 1, 9, 10, 11, 20, 25, 100])('of %i bytes becomes an object', async (bytes) => {
    const { claimed, textOf, multipart } = aBucket();
    const output = claimed(7);
    for (let at = 0; at < bytes; at += 1) await output.write(String(at % 10));
    expect(output.bytes).toBe(bytes);
    const stored = await output.finish();
    expect(stored).toMatchObject({ bytes, contentType: 'text/plain' });
    expect(textOf(stored?.name)).toBe('0123456789'.repeat(10).slice(0, bytes));
    expect(multipart.open).toEqual([]);
  });

  test('takes texts as UTF-8, buffers that are used again, and pieces larger than a part', async () => {
    const { claimed, textOf } = aBucket();
    const output = claimed(7);
    const buffer = Buffer.from('abc');
    await output.write(buffer);
    buffer.fill('x');
    await output.write('ä');
    await output.write('0123456789'.repeat(5));
    expect(textOf((await output.finish())?.name)).toBe(`abcä${'0123456789'.repeat(5)}`);
  });

  test('keeps the order of writes that nobody waits for', async () => {
    const { claimed, textOf } = aBucket();
    const output = claimed(7);
    await Promise.all(Array.from({ length: 30 }, (_, at) => output.write(`${at},`)));
    const expected = Array.from({ length: 30 }, (_, at) => `${at},`).join('');
    expect(textOf((await output.finish())?.name)).toBe(expected);
  });

  test('is what was written until it was finished, whatever is written meanwhile', async () => {
    for (const bytes of [5, 25]) {
      const { claimed, textOf } = aBucket();
      const output = claimed(7);
      await output.write('0123456789'.repeat(3).slice(0, bytes));
      const finishing = output.finish();
      for (const late of ['late', 'late, and longer than a part']) await output.write(late).catch(() => {});
      const stored = await finishing;
      expect(textOf(stored?.name)).toHaveLength(bytes);
      expect(stored?.bytes).toBe(bytes);
    }
  });

  test('that is aborted leaves nothing, also if nothing was sent', async () => {
    const { claimed, multipart, objects } = aBucket();
    const output = claimed(7);
    await output.abortUnless(undefined);
    await output.write('0123456789abc');
    expect(multipart.open).toHaveLength(1);
    await output.abortUnless(undefined);
    expect(multipart.open).toEqual([]);
    expect(objects.objects.size).toBe(0);
  });

  test('is not waited for when it is aborted: one that is still starting is left to the lifecycle rules', async () => {
    const { objects, multipart, clock } = aBucket();
    const hanging = {
      partBytes,
      start: () => new Promise<never>(() => {}),
      putPart: multipart.putPart,
      copyPart: multipart.copyPart,
      listParts: multipart.listParts,
      complete: multipart.complete,
      abort: multipart.abort,
    };
    const output = new OutputStream(aRunningItem(), { objects, multipart: hanging, clock });
    output.open('text/plain');
    void output.write('0123456789abc');
    await output.abortUnless(undefined);
    expect(multipart.open).toEqual([]);
  });

  test('may have 5 GB', async () => {
    const { claimed } = aBucket();
    const output = claimed(7);
    output.restore({
      contentType: 'text/plain',
      upload: undefined,
      parts: [],
      tail: new Uint8Array(),
      bytes: 5 * 1024 ** 3 - 1,
    });
    await output.write('1');
    await expect(output.write('1')).rejects.toThrow('5368709120 bytes');
  });
});

describe('an output of several claims', () => {
  test('goes on after what was saved, at any byte, and not after what was only written', async () => {
    for (let cut = 0; cut <= 45; cut += 1) {
      const { claimed, handedOver, textOf } = aBucket();
      const text = '0123456789'.repeat(5);
      const first = claimed(7);
      await first.write(text.slice(0, cut));
      const second = await handedOver(first, 8);
      await first.write('what the saved state does not know of');
      expect(second.bytes).toBe(cut);
      await second.write(text.slice(cut));
      expect(textOf((await second.finish())?.name)).toBe(text);
    }
  });

  test('is not changed by a worker that has lost the job, and goes on to send parts', async () => {
    const { claimed, handedOver, textOf } = aBucket();
    const zombie = claimed(7);
    await zombie.write('0123456789');
    const next = await handedOver(zombie, 8);
    await next.write('abcdefghij');
    const last = await handedOver(next, 9);
    await zombie.write('ABCDEFGHIJ');
    expect(textOf((await last.finish())?.name)).toBe('0123456789abcdefghij');
  });

  test('that another worker completes meanwhile cannot be continued in this attempt', async () => {
    const { claimed, handedOver } = aBucket();
    const zombie = claimed(7);
    await zombie.write('0123456789');
    const next = await handedOver(zombie, 8);
    await zombie.write('zombie');
    await zombie.finish();
    await expect(next.write('abcdefghij')).rejects.toThrow(UploadGoneError);
  });

  test('goes on after a worker has completed it and died, also with other bytes than that one had', async () => {
    for (const saved of [10, 13, 20, 29]) {
      const { claimed, saving, restored, textOf } = aBucket();
      const text = '0123456789abcdefghij0123456789';
      const dead = claimed(7);
      await dead.write(text.slice(0, saved));
      const state = await saving(dead);
      await dead.write('the end as it was in this attempt');
      await dead.finish();
      const next = await restored(state, 8);
      await next.write(text.slice(saved));
      expect(textOf((await next.finish())?.name)).toBe(text);
    }
  });

  test('leaves no upload if what was completed does not begin with what was saved', async () => {
    const { claimed, saving, restored, multipart } = aBucket();
    const dead = claimed(7);
    await dead.write('0123456789abc');
    const saved = await saving(dead);
    await dead.finish();
    await expect(restored({ ...saved, digest: 'another' }, 8)).rejects.toThrow(OutputLostError);
    expect(multipart.open).toEqual([]);
  });

  test('is lost when its parts are gone, or are not those that were saved', async () => {
    const { claimed, saving, restored, multipart } = aBucket();
    const output = claimed(7);
    await output.write('0123456789abc');
    const saved = await saving(output);
    await expect(restored({ ...saved, bytes: 14 }, 8)).rejects.toThrow(OutputLostError);
    await expect(restored({ ...saved, parts: [999] }, 8)).rejects.toThrow(OutputLostError);
    await expect(restored({ ...saved, digest: 'another' }, 8)).rejects.toThrow(OutputLostError);
    if (saved.upload) await multipart.abort(saved.upload);
    await expect(restored(saved, 8)).rejects.toThrow(OutputLostError);
    expect(multipart.open).toEqual([]);
  });
});
