import type { Command } from 'commander';
import { parseTime } from '../arguments/parse-time.ts';
import { collect } from '../arguments/refuse-repeats.ts';
import { tenantText } from '../arguments/tenant.ts';
import { usageError } from '../ending.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { localText } from '../terminal/job-text.ts';
import { plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

interface StuckJob {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly status: string;
  readonly lastSeenAt: string;
  readonly payloadKept: boolean;
  readonly looksForChildren?: true;
  /** What it waited for. */
  readonly waitReason?: string;
}

/** As `/operations/stuck` has it. */
interface Page {
  readonly items: readonly StuckJob[];
  readonly next?: string;
}

interface PurgeFlags {
  readonly queue?: readonly string[];
  readonly purgedAt?: string;
}

const more = [
  'Without options it lists the jobs of all tenants of which nothing has shown for',
  '15 days that a queue has their message. The stage sees to them once a day.',
  '',
  'With --queue and --purged-at it sees to the jobs that were in a queue when that',
  'was emptied: each is sent again, or fails with MessageLostError if its payload',
  'is kept nowhere. A job that waits for children looks for those that are lost.',
  'Name all queues that were emptied: a job that may have been in',
  'another one is left alone. It needs a key with the right operate, and leaves a',
  'line in the log.',
].join('\n');

/** Jobs that no message leads to: it needs the right `operate`. */
export const addStuck = (program: Command, run: Run): Command =>
  addCommand(program, 'stuck', {
    description: 'list the jobs of all tenants whose messages are lost, or see to them after a purge',
    examples: ['jobctl stuck', 'jobctl stuck --queue standard --purged-at 10:15'],
    more,
  })
    .option('--queue <queue>', 'that was emptied: standard, long, ordered, waiting, ...', collect)
    .option('--purged-at <time>', 'when: 2h (ago), yesterday, 09:30, 2026-12-24')
    .action((_options: unknown, command: Command) =>
      run(command, async (session, options: PurgeFlags) => {
        const { output } = session;
        const found: StuckJob[] = [];
        for await (const { items } of pages(session, purgeOf(options, session.now()))) {
          found.push(...items);
          if (!output.isJson) for (const job of items) output.line(lineOf(job));
        }
        if (output.isJson) output.document(found);
        return 'ok';
      }),
    );

/** @throws CommandError */
function purgeOf({ queue, purgedAt }: PurgeFlags, now: number) {
  if (queue === undefined && purgedAt === undefined) return undefined;
  if (queue === undefined || purgedAt === undefined)
    throw usageError('--queue and --purged-at belong together.');
  const time = parseTime(purgedAt, { now, direction: 'back', option: '--purged-at' });
  return { queues: queue, purgedAt: time.toISOString() };
}

/** Each page has what was found in some seconds: it may be nothing. */
async function* pages({ call }: Session, purge: ReturnType<typeof purgeOf>): AsyncIterable<Page> {
  let after: string | undefined;
  do {
    const page: Page = purge
      ? await call('POST /operations/stuck', { ...purge, after })
      : await call(`GET /operations/stuck?${new URLSearchParams(after === undefined ? {} : { after })}`);
    yield page;
    after = page.next;
  } while (after !== undefined);
}

const lineOf = ({ id, tenant, type, status, waitReason, ...job }: StuckJob): string =>
  plainText(
    `${id}  ${status}  ${type}  ${tenantText(tenant)}  ${job.looksForChildren ? 'looks for lost children' : lostText(job)}` +
      (waitReason === undefined ? '' : `; it waited: ${waitReason}`),
  );

const lostText = ({ lastSeenAt, payloadKept }: Pick<StuckJob, 'lastSeenAt' | 'payloadKept'>): string =>
  `not seen since ${localText(lastSeenAt)}, ${payloadKept ? 'and can be sent again' : 'and its payload is lost'}`;
