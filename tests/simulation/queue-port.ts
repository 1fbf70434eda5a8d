import { writeMessage } from '../../shared/contracts/job-message.ts';
import type { JobQueue } from '../../shared/ports.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

type Call = (what: string, effect: () => void) => Promise<void>;

const directly: Call = async (_what, effect) => effect();

/** A simulated queue and the one for its dead letters behind the `JobQueue` port; `call` stands in between. */
export const queuePort = (
  { own, dead }: { readonly own: SimulatedQueue; readonly dead: SimulatedQueue },
  call: Call = directly,
): JobQueue => ({
  send: (message, delaySeconds = 0) =>
    call('send', () => own.send(writeMessage(message), { delayMs: Math.ceil(delaySeconds) * 1000 })),
  hide: ({ receiptHandle }, seconds) => call('hide', () => own.hide(receiptHandle, Math.ceil(seconds))),
  bury: ({ body }) => call('bury', () => dead.send(body)),
});
