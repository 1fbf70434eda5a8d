import { type Call, type CutKind, isOutside } from './cut.ts';
import type { PlayQueue } from './play-queue.ts';
import type { VirtualTime } from './virtual-time.ts';
import { untilNoticedMs, type WorkerProcess } from './worker-process.ts';

/** Where a job is interrupted. */
export interface Interrupted {
  readonly call: Call;
  readonly process: WorkerProcess;
  readonly time: VirtualTime;
  readonly queue: PlayQueue;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** When the slice nears its end, epoch milliseconds: then a checkpoint hands over. */
  readonly nearsEndAt: number;
  readonly cancel: () => Promise<void>;
  /** Whether children have not ended. */
  readonly hasChildren: () => boolean;
  readonly answer: () => Promise<void>;
  /** The worker crashes. */
  readonly crash: () => void;
}

interface Interruption {
  readonly before?: (at: Interrupted) => void | Promise<void>;
  readonly after?: (at: Interrupted) => void | Promise<void>;
}

/** What an effect throws that did not happen. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** What an effect throws whose answer was lost. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/** Longer than its worker needs to hear of it. */
const untilHeard = ({ time, heartbeatMs }: Interrupted) => time.pause(heartbeatMs + 1_000);

/** The worker stands still until another one has its job. Its heartbeat notices first that the lease is lost. */
async function standStill({ process, time, leaseMs }: Interrupted): Promise<void> {
  process.freeze(leaseMs + 30_000);
  await process.alive();
  await time.pause(untilNoticedMs);
}

/** An effect has begun when the cancel comes. Any other call notices it by itself. */
const cancelDuring: Interruption = {
  before: async (at) => {
    if (isOutside(at.call)) return;
    await at.cancel();
    await untilHeard(at);
  },
  after: async (at) => {
    if (!isOutside(at.call)) return;
    await at.cancel();
    await untilHeard(at);
  },
};

function cancelSoon({ time, cancel }: Interrupted): void {
  time.after(1_000, () => void cancel());
}

/** Unless they take longer than the slice has time. */
async function letChildrenEnd({ time, nearsEndAt, hasChildren }: Interrupted): Promise<void> {
  while (hasChildren() && time.now < nearsEndAt - 10_000) await time.pause(1_000);
}

/** What each kind of cut does at its call. */
export const interruptions: Readonly<Record<CutKind, Interruption>> = {
  'crash-before': { before: ({ crash }) => crash() },
  'crash-after': { after: ({ crash }) => crash() },
  'hand-over': { before: ({ time, nearsEndAt }) => time.pause(nearsEndAt - time.now) },
  duplicate: {
    // A duplicate that comes while the lease lives changes nothing. The one that comes later takes over.
    before: async (at) => {
      at.queue.deliverAgain();
      await at.time.pause(100);
      if (!isOutside(at.call)) await standStill(at);
    },
    after: async (at) => {
      if (isOutside(at.call)) await standStill(at);
    },
  },
  refused: {
    before: ({ call }) => {
      throw new RefusedError(`${call.name} was refused`);
    },
  },
  'lost-answer': {
    before: ({ call, process }) => {
      if (call.what === 'checkpoint' || call.what === 'spawn') process.losesAnswers = true;
    },
    after: ({ call, process }) => {
      process.losesAnswers = false;
      if (isOutside(call)) throw new LostAnswerError(`the answer of ${call.name} was lost`);
    },
  },
  'crash-amid': {
    before: ({ process }) => {
      process.crashesWhileSending = true;
    },
    after: ({ process }) => {
      process.crashesWhileSending = false;
    },
  },
  'children-first': { after: letChildrenEnd },
  'early-answer': { before: ({ answer }) => answer() },
  cancel: cancelDuring,
  'cancel-asleep': { after: (at) => cancelSoon(at) },
  'cancel-crashed': {
    after: (at) => {
      at.crash();
      cancelSoon(at);
    },
  },
  retry: cancelDuring,
  // These happen to a child, and at no call.
  'child-twice': {},
  'child-uncounted': {},
  'child-counted': {},
  'child-fails': {},
  'child-canceled': {},
  'child-retried': {},
};
