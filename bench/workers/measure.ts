import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { startDatabases } from '../peers/databases.ts';
import type { MeasureOptions, Series } from '../series.ts';

/** Programs of this folder, by whose they are. */
const contenders = {
  ours: 'server-loop',
  'on Lambda': 'lambda-path',
  'by hand': 'bare-loop',
  bullmq: 'bullmq',
  'pg-boss': 'pg-boss',
} as const;
const jobs = 1000;

const endpointsSchema = z.object({
  sqsEndpoint: z.string(),
  dynamoDbEndpoint: z.string(),
  s3Endpoint: z.string(),
});
/** What `countCpu` prints. */
const figures = z.object({ microseconds: z.number() });

const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/**
 * The CPU time of a worker for each job that does nothing, ten at a time. What is counted is the worker's own process: neither the emulators, nor
 * Redis or Postgres, nor what receives and deletes for Lambda.
 */
export async function measure({ rounds, report }: MeasureOptions): Promise<readonly Series[]> {
  const all = Object.keys(contenders).map((of) => ({
    ...{ name: "a job: its worker's CPU", unit: 'µs', of },
    rounds: [] as number[],
  }));
  const databases = await startDatabases();
  const emulators = await startEmulators();
  try {
    const environment = { ...databases.environment, ...emulators.environment };
    for (let round = 0; round < rounds; round += 1) {
      report(`workers: round ${round + 1} of ${rounds}`);
      for (const [index, name] of Object.values(contenders).entries())
        all[index]?.rounds.push(await microsecondsOf(name, environment));
    }
  } finally {
    emulators.stop();
    await databases.stop();
  }
  return all;
}

async function startEmulators() {
  const env = { ...process.env, LOCAL_AWS_SECRET: credentials.secretAccessKey };
  const child = fork(fileOf('emulators'), { env });
  const [message]: unknown[] = await once(child, 'message');
  const endpoints = endpointsSchema.parse(message);
  return {
    environment: {
      AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDbEndpoint,
      AWS_ENDPOINT_URL_S3: endpoints.s3Endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    stop: () => child.kill(),
  };
}

async function microsecondsOf(name: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [fileOf(name)], {
    env: { ...process.env, ...environment, JOBS: String(jobs) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout);
  return figures.parse(JSON.parse(output.trim().split('\n').at(-1) ?? '')).microseconds;
}
