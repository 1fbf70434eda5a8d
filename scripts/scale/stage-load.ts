import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { problemsOfParameters } from '../../infra/stage-parameters.ts';
import { readWarmThroughput, type Warm } from '../../infra/warm-throughput.ts';
import { UsageError } from '../usage-error.ts';
import { figureOf, type Region } from './limits.ts';

/** The parameters of a stage that say how much it takes. */
export interface ScaledStage {
  readonly throttleRate: number;
  readonly throttleBurst: number;
  readonly maximumConcurrency: number;
  readonly admissionConcurrency: number;
  readonly orderedQueues: number;
  readonly listShards: number;
  /** Write units a second that the table of jobs, and each of its indexes that jobs write, take from the first one on. */
  readonly warmTable: number;
  readonly warmList: number;
  readonly warmDue: number;
}

/** What an account has been given. */
export interface Account {
  readonly executions: number;
  readonly requests: number;
  readonly tableWrites: number;
  readonly createSchedule: number;
  readonly invocations: number;
}

export const shapes = ['day', 'burst', 'one-tenant'] as const;
export const queues = ['standard', 'long', 'ordered'] as const;

/** The jobs of a day that are alike. */
export interface DayLoad {
  readonly jobs: number;
  readonly durationMs: number;
  readonly shape: (typeof shapes)[number];
  readonly queue: (typeof queues)[number];
  /** How many tenants have as many jobs as each other. With `one-tenant`, one more has nine of ten jobs. */
  readonly tenants: number;
  /** How many groups the jobs of the ordered queue are in. */
  readonly groups: number;
  /** How many jobs a submission has: more than one is `POST /jobs/batch`. */
  readonly perRequest: number;
  /** The part of them that waits for an hour by a schedule. */
  readonly delayed: number;
  /** Whether each tenant has limits that count jobs at the door: on a rate, and on unfinished ones. */
  readonly limited: boolean;
  /** What a call to DynamoDB or SQS takes. */
  readonly callMs: number;
  readonly region: Region;
  readonly seed: number;
}

/** Jobs, and what is to take them. */
export interface Scene {
  readonly load: DayLoad;
  readonly stage: ScaledStage;
  readonly account: Account;
}

const number = z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))]);
const parameters = z.object({
  throttleRate: number,
  throttleBurst: number,
  maximumConcurrency: number,
  admissionConcurrency: number,
  orderedQueues: number,
  listShards: number,
  warmThroughput: z.string(),
});
const file = z.object({ params: z.record(z.string(), z.nullable(z.record(z.string(), z.unknown()))) });

/** The names of these parameters. */
export const scaledParameters: readonly string[] = Object.keys(parameters.shape);

/**
 * Reads the parameters of a stage.
 * @param given what the command line says in place of them
 * @throws UsageError if one of these is wrong, or the stage is none that is deployed
 */
export function readStage(
  root: string,
  stage: string,
  given: Readonly<Record<string, string>> = {},
): ScaledStage {
  const { params } = file.parse(
    parse(readFileSync(join(root, 'serverless.yml'), 'utf8'), { logLevel: 'error' }),
  );
  const values = { ...params.default, ...params[stage], ...given };
  const problems = problemsOfParameters(values).filter((problem) =>
    Object.keys(given).some((name) => problem.startsWith(`${name} is `)),
  );
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const read = parameters.safeParse(values);
  if (!read.success)
    throw new UsageError(`The stage ${stage} has parameters that are known on its machine alone.`);
  const { warmThroughput, ...others } = read.data;
  const warm = readWarmThroughput(warmThroughput) ?? {};
  const first = figureOf('firstWrites');
  const writes = (place: Warm | undefined): number => place?.writes ?? first;
  return {
    ...others,
    ...{ warmTable: writes(warm.table), warmList: writes(warm.list), warmDue: writes(warm.due) },
  };
}

/** An account that nobody has raised a quota of, but for Lambda's. */
export const accountOf = (executions: number, region: Region): Account => ({
  executions,
  requests: figureOf('requests', region),
  tableWrites: figureOf('tableWrites', region),
  createSchedule: figureOf('createSchedule', region),
  invocations: figureOf('invocations', region),
});
