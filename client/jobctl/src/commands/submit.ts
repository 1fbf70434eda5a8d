import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { parseNotifyTarget } from '../arguments/notify-target.ts';
import { parseDuration, parseTime } from '../arguments/parse-time.ts';
import { readPayload } from '../arguments/read-payload.ts';
import { collect } from '../arguments/refuse-repeats.ts';
import { type Ending, usageError } from '../ending.ts';
import { followJob } from '../jobs/follow-job.ts';
import { waitingView } from '../jobs/job-views.ts';
import { reportEnd } from '../jobs/report-end.ts';
import { sendJob } from '../jobs/send-job.ts';
import { uploadInto, withUploads } from '../jobs/upload-into.ts';
import type { SubmitOptions } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { shortText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

interface SubmitFlags {
  readonly payload?: string;
  readonly upload?: readonly string[];
  readonly notify?: readonly string[];
  readonly wait?: true;
  readonly timeout?: string;
  readonly key?: string;
  readonly after?: readonly string[];
  readonly group?: string;
  readonly at?: string;
  readonly in?: string;
  readonly startBefore?: string;
  readonly tag?: readonly string[];
}

export const addSubmit = (program: Command, run: Run): Command =>
  addCommand(program, 'submit <type>', {
    description: 'submit a job, and print its id',
    examples: [
      `jobctl submit countdown --payload '{"seconds": 5}'`,
      'jobctl submit csv-aggregate --payload orders.json --wait --timeout 10m',
      'jobctl submit encode-video --upload holiday.mov --notify team@example.com',
      'jobctl submit countdown --payload countdown.json --in 2h --tag nightly',
      `jq -n '{seconds: 5}' | jobctl submit countdown --payload -`,
    ],
    more: '`jobctl types` shows the types, and `jobctl types TYPE` what a payload is.',
  })
    .option('--payload <payload>', 'a file with JSON, - for the standard input, or the JSON itself')
    .option(
      '--upload <file>',
      '[FIELD=]FILE: upload this file first, and put its name into this field of the payload; several times: several files',
      collect,
    )
    .option('--wait', 'wait for its end, and print its result')
    .option('--timeout <duration>', 'with --wait: for so long at most, such as 10m')
    .option('--key <key>', 'idempotency key: the same key is the same job, however often it is submitted')
    .option('--after <job>', 'run after this job has succeeded; several times: after all of them', collect)
    .option('--group <group>', 'run one after another with the jobs of this group')
    .addOption(
      new Option('--at <time>', 'run at this time at the earliest: 17:00, "tomorrow 08:00"').conflicts('in'),
    )
    .option('--in <duration>', 'run so much later, such as 10m')
    .option('--start-before <time>', 'fail if it has not started by then: 17:00, 2h')
    .option('--tag <tag>', 'a text to find it by; several times: several texts', collect)
    .option(
      '--notify <target>',
      'tell of its end: the URL of a webhook, a mail address, or the word event; several times: several targets',
      collect,
    )
    .allowExcessArguments()
    .action((type: string, _options: unknown, command: Command) => {
      refuseMore(command);
      return run(command, (session, options: SubmitFlags) => submit(type, options, session));
    });

const maxShown = 60;

/** What is typed behind the type is most often meant for an option. */
function refuseMore(command: Command): void {
  const [, word] = command.args;
  if (word === undefined) return;
  const text = shortText(word, maxShown);
  const advice = /^\s*[{[]|\.json$/.test(word)
    ? `Did you mean --payload '${text}'?`
    : 'Each option takes one value: --tag a --tag b';
  command.error(`error: submit takes one job type, and not "${text}" behind it. ${advice}`);
}

async function submit(type: string, options: SubmitFlags, session: Session): Promise<Ending> {
  const { output } = session;
  if (options.timeout !== undefined && !options.wait) throw usageError('--timeout is for --wait.');
  const timeoutSeconds =
    options.timeout === undefined ? undefined : parseDuration(options.timeout, '--timeout');
  const submitOptions = submitOptionsOf(options, session);
  if (options.payload === '-' && session.stdin.isTTY) output.hint('Type the payload, and then Ctrl-D.');
  const payload = options.payload === undefined ? undefined : await readPayload(options.payload, session);
  const texts = options.upload ?? [];
  const prepared =
    texts.length === 0 ? { payload, uploads: [] } : await uploadInto({ type, payload, texts }, session);
  const job = await sendJob({ type, prepared, options: submitOptions }, session).catch((error: unknown) => {
    throw withUploads(error, prepared.uploads, session);
  });
  if (options.wait) {
    output.hint(`Job ${job.id} is ${job.status}.`);
    return reportEnd(
      await followJob(job.id, { session, view: waitingView(output), timeoutSeconds }),
      session,
    );
  }
  if (output.isJson) output.document(job);
  else output.line(job.id);
  output.hint(`It is ${job.status}. To follow it: ${session.commandLine(`watch ${job.id}`)}`);
  return 'ok';
}

function submitOptionsOf(
  { key, after, group, tag, notify, ...times }: SubmitFlags,
  session: Session,
): SubmitOptions {
  const timeOf = (text: string, option: string): string =>
    parseTime(text, { now: session.now(), direction: 'ahead', option }).toISOString();
  const { at, in: delay, startBefore } = times;
  return {
    idempotencyKey: key === undefined ? randomUUID() : checkedKey(key),
    ...(group === undefined ? {} : { group }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(notify === undefined ? {} : { notify: notify.map(parseNotifyTarget) }),
    ...(after === undefined ? {} : { dependsOn: after.map((id) => parseJobId(id, session)) }),
    ...(at === undefined ? {} : { runAt: timeOf(at, '--at') }),
    ...(delay === undefined ? {} : { delaySeconds: parseDuration(delay, '--in') }),
    ...(startBefore === undefined ? {} : { startBefore: timeOf(startBefore, '--start-before') }),
  };
}

/** @throws CommandError for an API key, without a word of it */
function checkedKey(key: string): string {
  if (!key.startsWith('sjw_')) return key;
  throw usageError(
    '--key is an idempotency key, and this looks like an API key. That goes into JOB_KEY, or a profile: no option takes one.',
  );
}
