import type { Command } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { parseDuration } from '../arguments/parse-time.ts';
import type { Ending } from '../ending.ts';
import { endingOf, followJob } from '../jobs/follow-job.ts';
import { barView, jsonView, lineView, waitingView } from '../jobs/job-views.ts';
import { reportEnd, warnOf } from '../jobs/report-end.ts';
import type { Job } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { describeJob, statusText } from '../terminal/job-text.ts';
import { addCommand } from './add-command.ts';

interface FollowFlags {
  readonly timeout?: string;
}

const timeoutOf = ({ timeout }: FollowFlags): number | undefined =>
  timeout === undefined ? undefined : parseDuration(timeout, '--timeout');

const ctrlC = 'Ctrl-C ends the command, and leaves the job alone.';

export const addStatus = (program: Command, run: Run): Command =>
  addCommand(program, 'status <job>', {
    description: 'show a job: its progress, result or error, and every attempt',
    examples: [
      'jobctl status 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl status 8727fcca-6715-88cd-be4f-02627a10fc09 --json | jq .error',
    ],
  }).action((job: string, _options: unknown, command: Command) =>
    run(command, async (session) => {
      const { output, client, signal } = session;
      const found = await client.get(parseJobId(job, session), { signal });
      if (output.isJson) output.document(found);
      else output.line(await textOf(found, session));
      if (endingOf(found) === 'failed') {
        output.hint(`${session.commandLine(`retry ${found.id}`)} runs it again.`);
        const replay = session.commandLine(`replay ${found.id} --as-test`);
        output.hint(`${replay} prints a test that runs it with fakes.`);
      }
      return 'ok';
    }),
  );

/** Only a job that has children costs a second call. */
async function textOf(job: Job, { output, client, signal }: Session): Promise<string> {
  const { colors, stdout } = output;
  const batches = job.childrenUrl === undefined ? [] : await client.batches(job.id, { signal });
  return describeJob(job, { colors, hasPage: stdout.isTTY === true, batches });
}

export const addWait = (program: Command, run: Run): Command =>
  addCommand(program, 'wait <job>', {
    description: 'wait for the end of a job, and print its result',
    examples: [
      'jobctl wait 8727fcca-6715-88cd-be4f-02627a10fc09 --timeout 5m',
      'id=$(jobctl submit countdown --payload \'{"seconds": 5}\'); jobctl wait "$id"',
    ],
    more: `Exit codes: 0 it has succeeded, 7 it failed, 8 it was canceled, 9 time is over.\n${ctrlC}`,
  })
    .option('--timeout <duration>', 'for so long at most, such as 90s or 10m')
    .action((job: string, _options: unknown, command: Command) =>
      run(command, async (session, options: FollowFlags) => {
        const following = { session, view: waitingView(session.output), timeoutSeconds: timeoutOf(options) };
        return reportEnd(await followJob(parseJobId(job, session), following), session);
      }),
    );

export const addWatch = (program: Command, run: Run): Command =>
  addCommand(program, 'watch <job>', {
    description: 'follow a job up to its end: a progress bar on a terminal, else a line for each change',
    examples: [
      'jobctl watch 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl watch 8727fcca-6715-88cd-be4f-02627a10fc09 --json | jq -c .progress',
    ],
    more: `Exit codes: 0 it has succeeded, 7 it failed, 8 it was canceled, 9 time is over.\n${ctrlC}`,
  })
    .option('--timeout <duration>', 'for so long at most, such as 90s or 10m')
    .action((job: string, _options: unknown, command: Command) =>
      run(command, (session, options: FollowFlags) => watch(parseJobId(job, session), options, session)),
    );

async function watch(id: string, options: FollowFlags, session: Session): Promise<Ending> {
  const { output, now } = session;
  const isBar = !output.isJson && output.stdout.isTTY === true && output.stderr.isTTY === true;
  const lines = output.isJson ? jsonView(output) : lineView(output, now);
  const view = isBar ? barView(output) : lines;
  const job = await followJob(id, { session, view, timeoutSeconds: timeoutOf(options) });
  if (isBar) output.line(`${job.id}  ${statusText(job.status, output.colors)}`);
  warnOf(job, session);
  return endingOf(job);
}
