import type { Command } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { parseTenant, tenantText } from '../arguments/tenant.ts';
import type { Ending } from '../ending.ts';
import type { Job } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { historyLine, localText } from '../terminal/job-text.ts';
import { plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

/** As `GET /operations` has it. */
interface Survey {
  readonly sampled: number;
  readonly share: number;
  readonly tenants: readonly {
    readonly tenant: string;
    readonly queued: number;
    readonly waiting: number;
    readonly running: number;
  }[];
  readonly failures: readonly {
    readonly tenant: string;
    readonly type: string;
    readonly error: string;
    readonly jobs: number;
    readonly latestAt: string;
    /** Of the latest jobs, the latest first. */
    readonly ids: readonly string[];
  }[];
  readonly oldest: readonly {
    readonly id: string;
    readonly tenant: string;
    readonly type: string;
    readonly status: string;
    readonly dueAt: string;
  }[];
}

type Looked = Pick<
  Job,
  'id' | 'type' | 'status' | 'attempt' | 'maxAttempts' | 'waitReason' | 'error' | 'history'
> & {
  readonly tenant: string;
  readonly erasedBy?: string;
};

const more = [
  'It reads a sample of all jobs, 16 MB of the table at most, and multiplies: the',
  'numbers are approximate for more, and rare jobs may be missing. It needs a key',
  'with the right operate, and leaves a line in the log.',
].join('\n');

interface ViewFlags {
  readonly tenant?: string;
  readonly type?: string;
  readonly error?: string;
}

const views = {
  top: {
    description: 'show the tenants with the most jobs that have not ended',
    part: ({ tenants }: Survey) => tenants,
    lines: ({ tenants }: Survey) =>
      tenants.map(({ tenant, queued, waiting, running }) =>
        plainText(`${queued} queued  ${waiting} waiting  ${running} running  ${tenantText(tenant)}`),
      ),
  },
  oldest: {
    description: 'show the jobs of all tenants that could have started long ago',
    part: ({ oldest }: Survey) => oldest,
    lines: ({ oldest }: Survey) =>
      oldest.map(({ id, tenant, type, status, dueAt }) =>
        plainText(`${id}  due ${localText(dueAt)}  ${status}  ${type}  ${tenantText(tenant)}`),
      ),
  },
  failures: {
    description: 'show the most frequent failures of all tenants, with their latest jobs',
    part: ({ failures }: Survey) => failures,
    lines: ({ failures }: Survey) =>
      failures.flatMap(({ tenant, type, error, jobs, latestAt, ids }) => [
        plainText(`${jobs}  ${type}  ${error}  ${tenantText(tenant)}  latest ${localText(latestAt)}`),
        ...ids.map((id) => `  ${plainText(id)}`),
      ]),
  },
} as const;

/** What operators see of all tenants: it needs the right `operate`. */
export function addOperations(program: Command, run: Run): void {
  for (const [name, { description, ...view }] of Object.entries(views)) {
    const command = addCommand(program, name, {
      description,
      examples: [`jobctl ${name}`, `jobctl ${name} --tenant acme --json`],
      more,
    })
      .option('--tenant <tenant>', 'of this tenant')
      .option('--type <type>', 'of jobs of this type');
    if (name === 'failures') command.option('--error <name>', 'of errors of this name');
    command.action((_options: unknown, given: Command) =>
      run(given, (session, options: ViewFlags) => show(view, options, session)),
    );
  }
  addLook(program, run);
}

async function show(
  { part, lines }: Pick<(typeof views)[keyof typeof views], 'part' | 'lines'>,
  { tenant: of, type, error }: ViewFlags,
  { call, output }: Session,
): Promise<Ending> {
  const tenant = of === undefined ? undefined : parseTenant(of);
  const query = new URLSearchParams(Object.entries({ tenant, type, error }).filter(isGiven));
  const survey = await call<Survey>(`GET /operations?${query}`);
  if (output.isJson) output.document(part(survey));
  else {
    for (const line of lines(survey)) output.line(line);
    if (survey.share < 1)
      output.warn(`of ${survey.sampled} jobs: ${(100 * survey.share).toPrecision(2)} % of the table`);
  }
  return 'ok';
}

const isGiven = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;

const addLook = (program: Command, run: Run): Command =>
  addCommand(program, 'look <job>', {
    description:
      'show a job of any tenant by its id: its state, what it waits for, error and history, not its data',
    examples: ['jobctl look 0b2c7d9e-1f3a-4b5c-8d6e-7f8091a2b3c4'],
    more: 'It needs a key with the right operate, and leaves a line in the log.',
  }).action((id: string, _options: unknown, command: Command) =>
    run(command, async ({ call, output, url }) => {
      const job = await call<Looked>(`GET /operations/jobs/${parseJobId(id, { url })}`);
      if (output.isJson) output.document(job);
      else for (const line of describe(job)) output.line(line);
      return 'ok';
    }),
  );

const describe = ({ id, tenant, type, status, attempt, maxAttempts, erasedBy, ...job }: Looked) => [
  erasedBy === undefined
    ? plainText(`${type}  ${id}  of ${tenantText(tenant)}`)
    : plainText(`${id}  erased by ${erasedBy}`),
  `${status}, attempt ${attempt} of ${maxAttempts}`,
  ...(job.waitReason === undefined ? [] : [plainText(`waits: ${job.waitReason}`)]),
  ...(job.error === null ? [] : [plainText(`${job.error.name}: ${job.error.message}`)]),
  ...job.history.map(historyLine),
];
