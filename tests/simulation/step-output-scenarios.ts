import { PermanentError } from '../../shared/domain/base/errors.ts';
import { noFaults } from './faults.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { pageKey, requirePages, stepLine } from './step-output-rule.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

type Booking = World['handlers']['booking'];
type Job = Parameters<Booking>[1];

const settings = { figures: longFigures };
const order = { type: 'booking', payload: { seats: 0, waitSeconds: 0 }, maxAttempts: 6 };
const withBooking =
  (booking: Booking): Scenario['arrange'] =>
  (world) => {
    world.handlers = { ...world.handlers, booking };
  };

interface Page {
  readonly page: number;
  readonly lines: number;
  readonly pauseSeconds?: number;
  /** Called when all lines are written. */
  readonly beforeEnd?: () => void;
  readonly retries?: number;
  /** What the step returns beside the number of its lines. */
  readonly more?: string;
}

/** How many tries an attempt has made. */
const tries = new WeakMap<AbortSignal, number>();

/** A step that writes some lines. Each of its tries writes others. */
function write(job: Job, { page, lines, pauseSeconds = 3, beforeEnd, retries, more = '' }: Page) {
  const key = pageKey(page);
  const output = job.output({ contentType: 'text/plain' });
  const work = async () => {
    const number = (tries.get(job.signal) ?? 0) + 1;
    tries.set(job.signal, number);
    const by = `${job.fencingToken % 100}.${number}`;
    for (let place = 0; place < lines; place += 1) {
      await output.write(stepLine(key, place, by));
      await job.pause(pauseSeconds);
    }
    beforeEnd?.();
    return `${lines} ${more}`;
  };
  return job.step(key, work, retries === undefined ? {} : { retries });
}

const none = { seats: [], charge: null };

/** What was streamed is all that the steps have written, in their order. */
const expectPages =
  (lines: readonly number[], ...others: readonly string[]): NonNullable<Scenario['assert']> =>
  (world) => {
    const { plan = noFaults } = world.settings;
    expectStatus(world, 'succeeded', ...(plan === noFaults ? [] : ['failed']), ...others);
    for (const { resultObject } of world.table.items.values()) {
      if (!resultObject) continue;
      const text = Buffer.from(world.bucket.objects.get(resultObject.name) ?? []).toString('utf8');
      requirePages(text, new Map(lines.map((count, page) => [pageKey(page), count])));
      if (Buffer.byteLength(text) !== resultObject.bytes)
        throw new Violation('a streamed result is whole', `${resultObject.bytes} bytes: ${text}`);
      const order = lines.map((_, page) => text.indexOf(`${pageKey(page)}/`));
      if (order.some((at, page) => at < (order[page - 1] ?? 0)))
        throw new Violation('an output has what its steps have written, in their order', text);
    }
  };

const inSteps = (
  name: string,
  booking: Booking,
  more: Pick<Scenario, 'assert'> & Partial<Scenario>,
): Scenario => ({
  name,
  settings,
  arrange: withBooking(booking),
  act: async (client) => void (await client.submit(order)),
  ...more,
});

const inOne = inSteps(
  'a step writes to the output of its job',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 4 });
    return none;
  },
  { assert: expectPages([4]) },
);

/** Between the second and the third it waits. The last one writes less than a part. */
const inTurns = inSteps(
  'steps write to the output one after the other, with a wait between them',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 2 });
    await write(job, { page: 1, lines: 1 });
    await job.waitFor('a pause', { until: 3_600 });
    await write(job, { page: 2, lines: 1 });
    return none;
  },
  { assert: expectPages([2, 1, 1]) },
);

/** It fails once. Another step beside it writes nothing. */
const triedAgain = inSteps(
  'a step fails after it has written to the output, and is tried again',
  async (_payload, job) => {
    let isFirst = true;
    const beforeEnd = () => {
      const mustFail = isFirst;
      isFirst = false;
      if (mustFail) throw new Error('once');
    };
    await write(job, { page: 0, lines: 1 });
    await Promise.all([
      write(job, { page: 1, lines: 3, beforeEnd, retries: 2 }),
      job.step('beside it', () => job.pause(4)),
    ]);
    await write(job, { page: 2, lines: 1 });
    return none;
  },
  { assert: expectPages([1, 3, 1]) },
);

/** Without `retries` the attempt fails with the step. */
const nextAttempt = inSteps(
  'an attempt fails in a step that writes to the output',
  async (_payload, job) => {
    const beforeEnd = () => {
      if (job.attempt === 1) throw new Error('in the first attempt');
    };
    await write(job, { page: 0, lines: 2 });
    await write(job, { page: 1, lines: 2, beforeEnd });
    return none;
  },
  { assert: expectPages([2, 2]) },
);

const handedOver = inSteps(
  'a job is handed over between steps that write to the output',
  async (_payload, job) => {
    for (const page of [0, 1, 2, 3]) await write(job, { page, lines: 2, pauseSeconds: 140 });
    return none;
  },
  { assert: expectPages([2, 2, 2, 2]) },
);

/** The results of its steps are in objects, too. */
const large = inSteps(
  'steps write more to the output than the item has room for',
  async (_payload, job) => {
    for (const page of [0, 1, 2])
      await write(job, { page, lines: 6, pauseSeconds: 1, more: 'x'.repeat(5_000) });
    return none;
  },
  { assert: expectPages([6, 6, 6]) },
);

/** Its last step fails for good in the first run. */
const retried = inSteps(
  'a job fails after its steps have written to the output, and is retried',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 2 });
    const beforeEnd = () => {
      if (job.run === 1) throw new PermanentError('not in this run');
    };
    await write(job, { page: 1, lines: 2, beforeEnd });
    return none;
  },
  {
    act: async (client) => {
      const { job } = await client.insist({ ...order, key: 'order' });
      if (!job) return;
      await client.until(job.id, 'failed');
      await client.retry(job.id);
    },
    assert: expectPages([2, 2]),
  },
);

const canceled = inSteps(
  'a job is canceled between steps that write to the output, and retried',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 2 });
    await job.waitFor('a pause', { until: 3_600 });
    await write(job, { page: 1, lines: 2, pauseSeconds: 20 });
    return none;
  },
  {
    act: async (client) => {
      const { job } = await client.insist({ ...order, key: 'order' });
      if (!job) return;
      await client.until(job.id, 'waiting');
      await client.pause(3_610_000);
      await client.cancel(job.id);
      await client.until(job.id, 'canceled', 'succeeded');
      await client.retry(job.id);
    },
    assert: expectPages([2, 2], 'canceled'),
  },
);

const erased = inSteps(
  'a job fails after its steps have written to the output, and is erased',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 2 });
    throw new PermanentError('no more');
  },
  {
    act: async (client) => {
      const { job } = await client.insist({ ...order, key: 'order' });
      if (!job) return;
      await client.until(job.id, 'failed');
      await client.erase(job.id);
    },
    assert: (world) => {
      if (!world.settings.plan && world.multipart.open.length > 0)
        throw new Violation('an erasure leaves nothing', 'an upload');
    },
  },
);

/** What was completed is copied by the next worker. */
const completedByTheDead = inSteps(
  'a worker dies when it has completed what steps have written to the output',
  async (_payload, job) => {
    await write(job, { page: 0, lines: 2 });
    await write(job, { page: 1, lines: 2 });
    return none;
  },
  {
    settings: { ...settings, plan: noFaults },
    assert: expectPages([2, 2]),
  },
);

/** By name, for the mutants. */
export const stepOutput = {
  inOne,
  inTurns,
  triedAgain,
  nextAttempt,
  handedOver,
  large,
  retried,
  canceled,
  erased,
  completedByTheDead: {
    ...completedByTheDead,
    arrange: (world) => {
      completedByTheDead.arrange?.(world);
      let isFirst = true;
      world.interpose = async (_role, call, id) => {
        if (call !== 'succeed' || !isFirst) return;
        isFirst = false;
        world.crash(id);
      };
    },
  },
} satisfies Record<string, Scenario>;

export const stepOutputScenarios: readonly Scenario[] = Object.values(stepOutput);
