import type { Command } from 'commander';
import { addFilterOptions, type FilterOptions, filterOf } from '../arguments/filter-options.ts';
import { parseJobId } from '../arguments/job-id.ts';
import { parseTenant } from '../arguments/tenant.ts';
import { type Ending, usageError } from '../ending.ts';
import type { Action } from '../jobs/act-on-many.ts';
import { actOnMany, cancelTenant } from '../jobs/act-on-many.ts';
import { type Job, outcomes } from '../library.ts';
import { describeFailure } from '../system/describe-failure.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { statusText } from '../terminal/job-text.ts';
import { addCommand } from './add-command.ts';

interface ActFlags extends FilterOptions {
  readonly yes?: true;
  readonly tenant?: string;
}

const descriptions: Readonly<Record<Action, string>> = {
  cancel: 'cancel jobs: by their ids, or all that a filter chooses',
  retry: 'run failed or canceled jobs again: by their ids, or all failed ones that a filter chooses',
  erase:
    'remove jobs that have ended, with all that is kept of them: by their ids, or all that a filter chooses',
};

const examples: Readonly<Record<Action, readonly string[]>> = {
  cancel: [
    'jobctl cancel 8727fcca-6715-88cd-be4f-02627a10fc09',
    'jobctl cancel --type encode-video --since 1h',
    'jobctl cancel --tenant acme',
  ],
  retry: [
    'jobctl retry 8727fcca-6715-88cd-be4f-02627a10fc09',
    'jobctl retry --status failed --since yesterday --until today',
    'jobctl list --status failed --all --json | jq -r .id | xargs jobctl retry',
  ],
  erase: ['jobctl erase 8727fcca-6715-88cd-be4f-02627a10fc09', 'jobctl erase --tag "customer 4711" --yes'],
};

export function addAction(program: Command, run: Run, action: Action): Command {
  const command = addFilterOptions(
    addCommand(program, `${action} [jobs...]`, {
      description: descriptions[action],
      examples: examples[action],
      more: 'With a filter, the command says how many jobs there are, and asks.\n`jobctl list` takes the same filter.',
    }),
  );
  if (action === 'cancel')
    command.option('--tenant <tenant>', 'all jobs of a tenant: this needs the right `operate`');
  return command
    .option('--yes', 'do not ask')
    .action((jobs: readonly string[], _options: unknown, command: Command) =>
      run(command, (session, options: ActFlags) => act(action, jobs, { options, session })),
    );
}

interface Acting {
  readonly options: ActFlags;
  readonly session: Session;
}

async function act(action: Action, jobs: readonly string[], { options, session }: Acting): Promise<Ending> {
  const filter = filterOf(options, session.now());
  const hasFilter = Object.keys(filter).length > 0;
  const acting = { isConfirmed: options.yes === true, session };
  if (options.tenant !== undefined) {
    if (hasFilter || jobs.length > 0)
      throw usageError('--tenant is for all jobs of a tenant: without ids and without a filter.');
    return cancelTenant(parseTenant(options.tenant), acting);
  }
  if (hasFilter === jobs.length > 0)
    throw usageError(
      `Name jobs by their ids, or by a filter such as --status, --type or --tag. See jobctl ${action} --help`,
    );
  if (hasFilter) return actOnMany(action, filter, acting);
  const ids = new Set(jobs.map((job) => parseJobId(job, session)));
  let worst: Ending = 'ok';
  for (const id of ids) {
    const ending = await actOnOne(action, id, session);
    if (worst === 'ok') worst = ending;
  }
  return worst;
}

/** Each job for itself: what is wrong with one does not keep the command from the others. */
async function actOnOne(action: Action, id: string, session: Session): Promise<Ending> {
  const { client, output, signal, place } = session;
  try {
    const job = await calls[action](id, { client, signal });
    if (output.isJson) output.jsonLine(job ?? { id, erased: true });
    else output.line(`${id}  ${job ? describe(action, job, session) : 'erased'}`);
    return 'ok';
  } catch (error) {
    const { ending, text } = describeFailure(error, place);
    if (signal.aborted || ending === 'denied' || ending === 'unreachable' || ending === 'unexpected')
      throw error;
    output.warn(`jobctl: ${id}: ${text}`);
    return ending;
  }
}

type Call = (id: string, deps: Pick<Session, 'client' | 'signal'>) => Promise<Job | undefined>;

const calls: Readonly<Record<Action, Call>> = {
  cancel: (id, { client, signal }) => client.cancel(id, { signal }),
  retry: (id, { client, signal }) => client.retry(id, { signal }),
  erase: async (id, { client, signal }) => {
    await client.erase(id, { signal });
    return undefined;
  },
};

/** A running job is canceled when its worker sees to it. */
const describe = (action: Action, { status }: Job, { output: { colors } }: Session): string =>
  action === 'cancel' && outcomes[status] !== 'canceled'
    ? `is to be canceled; now ${statusText(status, colors)}`
    : statusText(status, colors);
