import { noSums } from '../job-types/csv-sums/handler.ts';
import { noFaults } from './faults.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

type Counting = World['handlers']['counting'];

/** Says which claim wrote it: what two claims write of one line is not the same. */
export const lineOf = (place: number, fencingToken: number): string => `${place} by ${fencingToken % 100};`;

/** Whether a text is the first lines, each once and in order. */
const isWhole = (text: string): boolean =>
  text === '' ||
  text.split(';').every((line, place, all) => place === all.length - 1 || line.startsWith(`${place} by `));

/** A handler that writes a line of its output before each checkpoint. */
const streaming =
  (beforeEnd: (attempt: number) => void): Counting =>
  async ({ seconds }, job) => {
    const output = job.output({ contentType: 'text/plain' });
    for (let passed = job.resume?.passed ?? 0; passed < seconds; passed += 1) {
      await output.write(lineOf(passed, job.fencingToken));
      await job.pause(7);
      await job.checkpoint({ passed: passed + 1 });
    }
    beforeEnd(job.attempt);
    return { seconds };
  };

const goOn = (): void => {};

/** What a job has streamed is whole. */
export function checkOutputs(world: World, lines: number): void {
  for (const item of world.table.items.values()) {
    if (item.resultObject?.contentType !== 'text/plain') continue;
    const text = Buffer.from(world.bucket.objects.get(item.resultObject.name) ?? []).toString('utf8');
    const count = text.split(';').length - 1;
    if (!isWhole(text) || count !== lines || Buffer.byteLength(text) !== item.resultObject.bytes)
      throw new Violation('a streamed result is whole', text);
  }
}

const lines = 9;

export const streamed: Scenario = {
  name: 'a job that streams its result over two slices',
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: streaming(goOn) };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: lines }, maxAttempts: 6 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkOutputs(world, lines);
  },
};

/** The list of an upload lacks its last part for two seconds after the part was sent. */
export const listedLate: Scenario = {
  ...streamed,
  name: 'a job that streams its result, and the list of its parts is late',
  arrange: (world) => {
    streamed.arrange?.(world);
    const { multipart, time } = world;
    const [put, list] = [multipart.putPart.bind(multipart), multipart.listParts.bind(multipart)];
    let sentAt = 0;
    multipart.putPart = async (part) => {
      sentAt = time.now;
      return put(part);
    };
    let asked: number | undefined;
    multipart.listParts = async (upload) => {
      const parts = await list(upload);
      asked ??= time.now;
      return time.now < Math.max(sentAt, asked) + 2_000 ? parts.slice(0, -1) : parts;
    };
  },
};

const asleep: Scenario = {
  name: 'a job that sleeps while it streams its result',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        const output = job.output({ contentType: 'text/plain' });
        const passed = job.resume?.passed ?? 0;
        if (passed === seconds) return { seconds };
        await output.write(lineOf(passed, job.fencingToken));
        return job.sleep(10, { passed: passed + 1 });
      },
    };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 3 }, maxAttempts: 6 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkOutputs(world, 3);
  },
};

/** Where the last heartbeat is refused, the end of the attempt stores the state. */
const triedAgain: Scenario = {
  name: 'an attempt fails after it has streamed, and the next one goes on',
  faults: ['throttle', 'crash-after', 'late-effect'],
  arrange: (world) => {
    let isFirst = true;
    const fail = () => {
      const mustFail = isFirst;
      isFirst = false;
      if (mustFail) throw new Error('once');
    };
    world.handlers = { ...world.handlers, counting: streaming(fail) };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 3 }, maxAttempts: 6 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkOutputs(world, 3);
  },
};

const failed: Scenario = {
  name: 'a job that fails after it has streamed, and is retried: it starts anew',
  arrange: (world) => {
    let runs = 0;
    world.handlers = {
      ...world.handlers,
      counting: streaming((attempt) => {
        runs += 1;
        if (runs === 1) throw new Error(`attempt ${attempt} fails`);
      }),
    };
  },
  act: async (client) => {
    const { job } = await client.submit({ payload: { seconds: 4 }, maxAttempts: 1 });
    if (!job) return;
    await client.pause(200_000);
    await client.retry(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    checkOutputs(world, 4);
  },
};

const canceled: Scenario = {
  name: 'a job is canceled while it streams, and retried',
  arrange: streamed.arrange ?? goOn,
  act: async (client) => {
    const { job } = await client.submit({ payload: { seconds: lines }, maxAttempts: 6 });
    if (!job) return;
    await client.pause(20_000);
    await client.cancel(job.id);
    await client.pause(60_000);
    await client.retry(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed', 'canceled');
    checkOutputs(world, lines);
  },
};

/** Only so are the calls made undisturbed by which the next worker copies what was saved: each of them can fail, too. */
export const completedByTheDead: Scenario = {
  name: 'a worker dies when it has completed the stream of its job',
  // What it has completed is left to the lifecycle rules, as after any fault.
  settings: { plan: noFaults },
  arrange: (world) => {
    streamed.arrange?.(world);
    let isFirst = true;
    world.interpose = async (_role, call, id) => {
      if (call !== 'succeed' || !isFirst) return;
      isFirst = false;
      world.crash(id);
    };
  },
  act: streamed.act,
  assert: (world, client) => streamed.assert?.(world, client),
};

export const largeResult: Scenario = {
  name: 'a result that is too large for the item',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      // Another attempt has another result.
      'csv-sums': async (_payload, job) => {
        await job.pause(2);
        return { rows: job.fencingToken % 100, groups: [{ key: 'k'.repeat(33_000), values: [1] }] };
      },
    };
  },
  act: async (client) => {
    const payload = { csv: 'a\n1', groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] };
    await client.submit({ type: 'csv-sums', payload, maxAttempts: 6 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    for (const { resultObject, result } of world.table.items.values())
      if (result !== undefined || resultObject === undefined)
        throw new Violation('a large result is in an object', String(result?.length));
  },
};

/** The bucket takes its time with the first object. */
export const withSlowBucket =
  (milliseconds: number, arrange: Scenario['arrange'] = largeResult.arrange) =>
  (world: World): void => {
    arrange?.(world);
    const put = world.bucket.put.bind(world.bucket);
    let isFirst = true;
    world.bucket.put = async (object) => {
      if (isFirst) await world.time.pause(milliseconds);
      isFirst = false;
      await put(object);
    };
  };

/** Its handler has returned, and its result is in no item yet. */
const canceledWhileStored: Scenario = {
  name: 'a job is canceled while its large result is stored',
  // The result that is not wanted is left to the lifecycle rules, as after any fault.
  settings: { plan: noFaults },
  arrange: withSlowBucket(9_000),
  act: async (client, world) => {
    await largeResult.act(client, world);
    await client.pause(4_000);
    for (const id of client.accepted.keys()) await client.cancel(id);
  },
  assert: (world) => {
    if (world.settings.plan === noFaults) expectStatus(world, 'canceled');
    else expectStatus(world, 'canceled', 'succeeded', 'failed');
  },
};

export const largeState: Scenario = {
  name: 'a state that is too large for the item',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      'csv-sums': async (_payload, job) => {
        const state = job.resume ?? { ...noSums(), header: ['h'.repeat(66_000)] };
        for (; state.rows < 8; state.rows += 1) {
          await job.checkpoint(state);
          await job.pause(7);
        }
        return { rows: state.rows, groups: [] };
      },
    };
  },
  act: largeResult.act,
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const outputScenarios: readonly Scenario[] = [
  streamed,
  listedLate,
  asleep,
  triedAgain,
  failed,
  canceled,
  completedByTheDead,
  largeResult,
  canceledWhileStored,
  largeState,
];
