import type { Command } from 'commander';
import { parseTime } from '../arguments/parse-time.ts';
import { parsePause, pauseText } from '../arguments/tenant.ts';
import type { Run } from '../system/run-command.ts';
import { localText } from '../terminal/job-text.ts';
import { plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

/** As `/pauses` has it. */
interface Pause {
  readonly name: string;
  readonly active: boolean;
  readonly since: string;
  readonly by: string;
  readonly until?: string;
  readonly why?: string;
  readonly submissions?: 'accept' | 'refuse';
}

interface PauseFlags {
  readonly refuseSubmissions?: true;
  readonly until?: string;
  readonly why?: string;
}

const what = 'stage, type:<name>, tenant:<name>, or queue:<name>';

/** They need the right `operate`. */
export function addPauses(program: Command, run: Run): void {
  addCommand(program, 'pauses', {
    description: 'list what is paused',
    examples: ['jobctl pauses', "jobctl pauses --json | jq -r '.[] | select(.active) | .name'"],
    more: 'One that was resumed is shown until what it has held is started.\nIt needs a key with the right operate.',
  }).action((_options: unknown, command: Command) =>
    run(command, async ({ call, output }) => {
      const { items } = await call<{ readonly items: readonly Pause[] }>('GET /pauses');
      if (output.isJson) output.document(items);
      else for (const one of items) output.line(lineOf(one));
      if (items.length === 0) output.hint('Nothing is paused.');
      return 'ok';
    }),
  );
  addCommand(program, 'pause <what>', {
    description: `start nothing of a type, a tenant, a queue, or the stage`,
    examples: [
      'jobctl pause type:report --why "it is broken"',
      'jobctl pause tenant:acme --until 6h',
      `jobctl pause 'tenant:"of two\\nlines"'`,
      'jobctl pause stage --until 22:30 --refuse-submissions',
    ],
    more: [
      `What: ${what}.`,
      'Queues are standard, long, server and ordered. Within five seconds nothing of',
      'it starts. What runs goes on, and no attempt is used. Submissions are accepted,',
      'and their jobs wait, unless you refuse them: 503, with when to come again.',
      'It needs a key with the right operate.',
    ].join('\n'),
  })
    .option('--until <time>', 'when it ends by itself: 2h, 18:30, tomorrow, 2026-12-24 (default: in a year)')
    .option('--why <text>', 'the reason, which the list of pauses shows')
    .option('--refuse-submissions', 'answer submissions with 503; jobs and schedules may still submit')
    .action((name: string, _options: unknown, command: Command) =>
      run(command, async ({ call, output, now }, { until, why, refuseSubmissions }: PauseFlags) => {
        const ends =
          until === undefined
            ? undefined
            : parseTime(until, { now: now(), direction: 'ahead', option: '--until' }).toISOString();
        const one = await call<Pause>('POST /pauses', {
          ...{ name: parsePause(name), until: ends, why },
          ...(refuseSubmissions ? { submissions: 'refuse' } : {}),
        });
        if (output.isJson) output.document(one);
        else output.line(lineOf(one));
        return 'ok';
      }),
    );
  addCommand(program, 'resume <what>', {
    description: 'start again what was paused',
    examples: ['jobctl resume type:report'],
    more: [
      `What: ${what}.`,
      'What it has held starts within five minutes, fifty jobs a second. `jobctl',
      'pauses` shows it until then. It needs a key with the right operate.',
    ].join('\n'),
  }).action((name: string, _options: unknown, command: Command) =>
    run(command, async ({ call, output }) => {
      // The API decodes a path twice: see `decodePath`.
      const path = encodeURIComponent(encodeURIComponent(parsePause(name)));
      const one = await call<Pause>(`DELETE /pauses/${path}`);
      if (output.isJson) output.document(one);
      else output.line(lineOf(one));
      return 'ok';
    }),
  );
}

function lineOf({ name, active, since, by, until, why, submissions }: Pause): string {
  const ends = until === undefined ? '' : `, until ${localText(until)}`;
  const refuses = submissions === 'refuse' ? ', submissions are refused' : '';
  const state = active ? `paused since ${localText(since)}${ends}${refuses}` : 'resumed';
  return plainText(`${pauseText(name)}  ${state}, by ${by}${why === undefined ? '' : `: ${why}`}`);
}
