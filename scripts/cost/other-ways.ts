import {
  gbSeconds,
  jobLinesOf,
  type Line,
  type Load,
  linesOf,
  millisecondsOf,
  requestsFor,
  sumOf,
} from './bill.ts';
import { measured } from './measured.ts';
import type { PriceName } from './price-list.ts';

/** A way to have the same jobs done. */
export interface Way {
  readonly name: string;
  readonly lines: readonly Line[];
  /** What the figure leaves out, or assumes. */
  readonly note: string;
}

/** One call of a client, to start something. */
const oneCall = { memoryMb: measured.memory.submit, rounds: 1 };

/**
 * All ways do the same work in functions or machines of the same memory. Of the others, logs are left out. Where AWS
 * has the jobs, they are submitted over an HTTP API, as here.
 */
export const otherWays = (load: Load): readonly Way[] => [
  stock(load),
  standard(load),
  express(load),
  durable(load),
  batchOnFargate(load),
  inngest(load),
  triggerDev(load),
];

/** A function behind an HTTP API that makes one call. */
function functionOf(load: Load, part: 'submission' | 'polls', times: number): readonly Line[] {
  const line = linesOf(load);
  const seconds = gbSeconds(oneCall.memoryMb, millisecondsOf(oneCall, load));
  return [
    line(part, 'HTTP API: requests', times, 'apiRequest'),
    line(part, 'a function: invocations', times, 'invocation'),
    line(part, 'a function: GB-seconds', times * seconds, 'gbSecond'),
  ];
}

/** The work of each job in an invocation of its own. */
function workOf(load: Load): readonly Line[] {
  const line = linesOf(load);
  const { memoryMb, durationMs, retries } = load;
  const seconds = gbSeconds(memoryMb, durationMs + millisecondsOf({ memoryMb, rounds: 0 }, load));
  return [
    line('work', 'Lambda: invocations', 1 + retries, 'invocation'),
    line('work', 'Lambda: GB-seconds', (1 + retries) * seconds, 'gbSecond'),
  ];
}

function stock(load: Load): Way {
  const line = linesOf(load);
  const { payloadBytes, memoryMb, durationMs, batch, retries } = load;
  const attempts = 1 + retries;
  const { rounds, writeUnits } = measured.stock;
  const milliseconds = durationMs + millisecondsOf({ memoryMb, jobs: batch, rounds }, load);
  return {
    name: 'SQS worker by Powertools',
    lines: [
      ...functionOf(load, 'submission', 1),
      line('submission', 'SQS: sends', requestsFor(payloadBytes), 'request'),
      line(
        'work',
        'SQS: receives and deletes',
        (attempts * requestsFor(batch * payloadBytes) + 1) / batch,
        'request',
      ),
      line('work', 'Lambda: invocations', attempts / batch, 'invocation'),
      line('work', 'Lambda: GB-seconds', (attempts / batch) * gbSeconds(memoryMb, milliseconds), 'gbSecond'),
      line('work', 'DynamoDB: write units', attempts * writeUnits, 'writeUnit'),
    ],
    note: 'Batch and Idempotency as documented. No status, so nobody can ask',
  };
}

function standard(load: Load): Way {
  const line = linesOf(load);
  return {
    name: 'Step Functions Standard',
    lines: [
      line('submission', 'HTTP API: requests', 1, 'apiRequest'),
      ...workOf(load),
      line('work', 'transitions', 2 + load.retries, 'transition'),
      ...functionOf(load, 'polls', load.polls),
    ],
    note: 'one task: two transitions, and one for each retry',
  };
}

function express(load: Load): Way {
  const line = linesOf(load);
  const { durationMs, retries, callMs } = load;
  // Billed by 64 MB, and by tenths of a second.
  const milliseconds = 100 * Math.ceil(((1 + retries) * (durationMs + callMs)) / 100);
  return {
    name: 'Step Functions Express',
    lines: [
      line('submission', 'HTTP API: requests', 1, 'apiRequest'),
      ...workOf(load),
      line('work', 'requests', 1, 'expressRequest'),
      line('work', 'GB-seconds of workflows', gbSeconds(64, milliseconds), 'expressGbSecond'),
    ],
    note: 'started asynchronously, at least once. No status, so nobody can ask',
  };
}

const keptDays = 14;
function durable(load: Load): Way {
  const line = linesOf(load);
  const gb = load.payloadBytes / 1e9;
  return {
    name: 'Lambda durable functions',
    lines: [
      ...functionOf(load, 'submission', 1),
      ...workOf(load),
      line('work', 'operations', 1 + load.retries, 'durableOperation'),
      line('work', 'GB written', gb, 'durableGb'),
      line('work', 'GB kept for a month', (gb * keptDays) / 30, 'durableGbMonth'),
      ...functionOf(load, 'polls', load.polls),
    ],
    note: 'one operation for each attempt, which is the least; history for 14 days',
  };
}

/** The smallest tasks, by their memory. */
const tasks = [
  { vcpu: 0.25, gb: 0.5 },
  { vcpu: 0.25, gb: 1 },
  { vcpu: 0.25, gb: 2 },
  { vcpu: 0.5, gb: 4 },
  { vcpu: 1, gb: 8 },
  { vcpu: 2, gb: 16 },
] as const;

function batchOnFargate(load: Load): Way {
  const line = linesOf(load);
  const task = tasks.find(({ gb }) => gb * 1024 >= load.memoryMb) ?? tasks[tasks.length - 1];
  const { vcpu, gb } = task ?? tasks[0];
  const hours = ((1 + load.retries) * Math.max(60, load.durationMs / 1000)) / 3600;
  return {
    name: 'AWS Batch on Fargate',
    lines: [
      ...functionOf(load, 'submission', 1),
      line('work', 'vCPU-hours', hours * vcpu, 'vcpuHour'),
      line('work', 'GB-hours', hours * gb, 'gbHour'),
      line('work', 'hours of an address', hours, 'addressHour'),
      ...functionOf(load, 'polls', load.polls),
    ],
    note: `a task of ${vcpu} vCPU and ${gb} GB for each attempt, for a minute at least; without the time to load its image`,
  };
}

function inngest(load: Load): Way {
  const { jobs, retries } = load;
  // The plan is for a month: it does not depend on the number of jobs.
  const once = linesOf({ ...load, jobs: 1 });
  const executions = jobs * (1 + retries);
  return {
    name: 'Inngest',
    lines: [
      once('submission', 'a month of Pro', 1, 'inngestPlan'),
      once('submission', 'further events', Math.max(0, jobs - 5e6), 'inngestEvent'),
      ...workOf(load),
      once('work', 'further executions', Math.max(0, executions - 1e6), 'inngestExecution'),
    ],
    note: 'all in a month; a function without steps, run on Lambda by its URL',
  };
}

const machines: readonly (readonly [gb: number, price: PriceName])[] = [
  [0.25, 'triggerMicro'],
  [0.5, 'triggerSmall'],
  [1, 'triggerSmall2'],
  [2, 'triggerMedium'],
  [4, 'triggerMedium2'],
  [8, 'triggerLarge'],
  [16, 'triggerLarge2'],
];

function triggerDev(load: Load): Way {
  const line = linesOf(load);
  const [, price = 'triggerLarge2'] = machines.find(([gb]) => gb * 1024 >= load.memoryMb) ?? [];
  const usage = [
    line('work', 'runs', 1, 'triggerRun'),
    line('work', 'seconds of a machine', ((1 + load.retries) * load.durationMs) / 1000, price),
  ];
  const plan = linesOf({ ...load, jobs: 1 })('submission', 'a month of Pro', 1, 'triggerPlan');
  // The plan has as much usage in it as it costs.
  const used = Math.min(plan.usd, sumOf(usage));
  return {
    name: 'Trigger.dev',
    lines: [{ ...plan, usd: plan.usd - used }, ...usage],
    note: 'all in a month; the machine that has the memory',
  };
}

/** Ours is the first. */
export const allWays = (load: Load): readonly Way[] => [
  { name: 'here', lines: jobLinesOf(load), note: 'with all of its logs' },
  ...otherWays(load),
];
