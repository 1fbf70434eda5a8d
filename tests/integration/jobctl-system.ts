import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { findRunningSystem } from '../../local/machine/running-system.ts';
import { rights } from '../../shared/domain/access/access-entry.ts';
import { projectDir } from '../project-copy.ts';
import { putNewKey } from '../system/local-tables.ts';
import { replaceSchedules, startCopiedSystem } from '../system/start-system.ts';
import { addDebouncedType } from './debounce-jobs.suite.ts';
import { eventually } from './eventually.ts';
import { type Ended, runJobctl, runOnTerminal } from './jobctl-command.ts';
import { makeContactSheetsUnique } from './unique-jobs.suite.ts';

export interface JobctlSystem {
  readonly address: string;
  /** The folder of its clone, which has jobctl, too. */
  readonly project: string;
  /** What makes the command use this system, with a key of all rights. */
  readonly env: Readonly<Record<string, string>>;
  /** Through pipes. */
  run(args: readonly string[], more?: Parameters<typeof runJobctl>[1]): Promise<Ended>;
  onTerminal(
    args: readonly string[],
    more?: Parameters<typeof runOnTerminal>[1],
  ): ReturnType<typeof runOnTerminal>;
  /** Submits a job. @returns its id */
  submit(type: string, payload: unknown, ...more: string[]): Promise<string>;
  /** A counting with a time that is days ahead. @returns its id */
  submitWaiting(...more: string[]): Promise<string>;
  /** A new key. @param named some rights, as `read,submit` */
  keyWith(named: string, tenant?: string): Promise<string>;
  stop(): Promise<void>;
}

/** What `status --json` and others print of a job. */
export const printedJob = z.object({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  result: z.optional(z.unknown()),
  tags: z.optional(z.array(z.string())),
});

/** JSON lines. */
export const jobsIn = (out: string): readonly z.infer<typeof printedJob>[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => printedJob.parse(JSON.parse(line)));

/** A job that fails at once. */
export const failing = {
  type: 'csv-sums',
  payload: { csv: 'a,b\n1,2\n', groupBy: 'c', metrics: [{ column: 'a', op: 'sum' }] },
} as const;

/** The local system, closed, and with schedules. */
export async function startJobctlSystem(): Promise<JobctlSystem> {
  const copied = Promise.withResolvers<string>();
  const { address, output, stop } = await startCopiedSystem(
    async (project) => {
      await Promise.all([
        cp(join(projectDir, 'scripts'), join(project, 'scripts'), { recursive: true }),
        cp(join(projectDir, 'client'), join(project, 'client'), { recursive: true }),
        replaceSchedules(project),
        makeContactSheetsUnique(project),
        addDebouncedType(project),
      ]);
      copied.resolve(project);
    },
    { auth: 'apiKey' },
  );
  const project = await copied.promise;
  const key = await eventually(async () => /KEY=(\S+)/.exec(output())?.[1], 'a key to be printed');
  const { port } = new URL(address);
  const { worker = {}, dynamoDbEndpoint: endpoint = '' } = (await findRunningSystem(project, port)) ?? {};
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = worker;
  const dynamoDb = new DynamoDBClient({ endpoint, region, credentials: { ...credentials, secretAccessKey } });
  const common = { PORT: port, JOB_KEY: key };
  const run: JobctlSystem['run'] = (args, { env, ...more } = {}) =>
    runJobctl(args, { env: { ...common, ...env }, ...more });
  const submit: JobctlSystem['submit'] = async (type, payload, ...more) => {
    const { code, out, err } = await run(['submit', type, '--payload', '-', ...more], {
      stdin: JSON.stringify(payload),
    });
    if (code !== 0) throw new Error(err);
    return out.trim();
  };
  return {
    address,
    project,
    env: common,
    run,
    onTerminal: (args, { env, ...more } = {}) => runOnTerminal(args, { env: { ...common, ...env }, ...more }),
    submit,
    submitWaiting: (...more) => submit('counting', { seconds: 0 }, '--in', '3d', ...more),
    async keyWith(named, tenant = 'local') {
      const asked = rights.filter((each) => named.split(',').includes(each));
      return (await putNewKey(dynamoDb, { tenant, rights: asked })).text;
    },
    async stop() {
      dynamoDb.destroy();
      await stop();
    },
  };
}
