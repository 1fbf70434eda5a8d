import { setTimeout } from 'node:timers/promises';
import { type JobResponse, jobResponse } from '../shared/http/job-response.ts';
import { isTerminal } from '../shared/job/transitions.ts';
import { type ChildSystem, startChildSystem } from './child-system.ts';
import { DemoError } from './demo-error.ts';
import { countdownJob, type DemoJob, weatherJob } from './demo-jobs.ts';
import { ProgressView } from './progress-view.ts';

const maxMs = 60_000;
const lookMs = 200;
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Starts the system, has it do two jobs, shows what came out, and ends it. */
async function demo(signal: AbortSignal): Promise<void> {
  console.log('\n  Starting the API, the worker, and an SQS and a DynamoDB on this machine ...');
  const began = Date.now();
  const system = await startChildSystem(signal);
  try {
    console.log(`  Ready at ${system.address} after ${((Date.now() - began) / 1000).toFixed(1)} s.\n`);
    const jobs = [await weatherJob(), countdownJob];
    const view = new ProgressView(process.stdout);
    const reports = await Promise.all(jobs.map((job) => doJob(job, { system, view, signal })));
    for (const report of reports) console.log(`\n${report}`);
  } finally {
    await system.stop();
  }
  console.log('\n  Done; everything is stopped. `npm start` leaves it running.\n');
}

interface Surroundings {
  readonly system: ChildSystem;
  readonly view: ProgressView;
  readonly signal: AbortSignal;
}

/** Submits a job over HTTP and follows its status URL to the end. */
async function doJob(job: DemoJob, { system, view, signal }: Surroundings): Promise<string> {
  const { type, payload } = job;
  let state = await call(`${system.address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, payload }),
    signal,
  });
  view.show(state);
  while (!isTerminal(state.status)) {
    await setTimeout(lookMs, undefined, { signal });
    state = await call(state.statusUrl, { signal });
    view.show(state);
  }
  if (state.status === 'succeeded') return job.report(state);
  throw new DemoError(`The ${type} ${state.status}: ${state.error?.name}: ${state.error?.message}`);
}

async function call(url: string, init: RequestInit): Promise<JobResponse> {
  const response = await fetch(url, init);
  if (!response.ok) throw new DemoError(`${url} answered ${response.status}: ${await response.text()}`);
  return jobResponse.parse(await response.json());
}

function explain(error: unknown): string {
  if (error instanceof DemoError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const interruption = new AbortController();
const tooLate = AbortSignal.timeout(maxMs);
for (const [name, code] of Object.entries(exitCodes))
  process.on(name, () => {
    process.exitCode = code;
    interruption.abort();
  });

try {
  await demo(AbortSignal.any([interruption.signal, tooLate]));
} catch (error) {
  if (tooLate.aborted) console.error(`\n  The demo did not end within ${maxMs / 1000} s.`);
  else if (!interruption.signal.aborted) console.error(`\n  The demo failed. ${explain(error)}`);
  process.exitCode ??= 1;
}
