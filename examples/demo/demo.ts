import { setTimeout } from 'node:timers/promises';
import { type ChildSystem, StartError, startChildSystem } from '../../local/system/child-system.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { countdownJob, DemoError, type DemoJob, weatherJob } from './demo-jobs.ts';
import { ProgressView } from './progress-view.ts';

const maxMs = 60_000;
const pollMs = 200;
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Starts the system, submits two jobs, shows their progress and results, and stops the system. */
async function demo(signal: AbortSignal): Promise<void> {
  console.log('\n  Starting the API, the worker, SQS and DynamoDB on this machine ...');
  const startedAt = Date.now();
  const system = await startChildSystem(signal);
  try {
    console.log(`  Ready at ${system.address} after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.\n`);
    const jobs = [await weatherJob(), countdownJob];
    const view = new ProgressView(process.stdout);
    const reports = await Promise.all(jobs.map((job) => runJob(job, { system, view, signal })));
    for (const report of reports) console.log(`\n${report}`);
  } finally {
    await system.stop();
  }
  console.log('\n  Done. Everything is stopped. `npm start` starts it again, and keeps it running.\n');
}

interface DemoContext {
  readonly system: ChildSystem;
  readonly view: ProgressView;
  readonly signal: AbortSignal;
}

/** Submits a job over HTTP and follows its status URL to the end. */
async function runJob(job: DemoJob, { system, view, signal }: DemoContext): Promise<string> {
  const { type, payload } = job;
  let state = await call(`${system.address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, payload }),
    signal,
  });
  view.show(state);
  while (!isTerminal(state.status)) {
    await setTimeout(pollMs, undefined, { signal });
    state = await call(state.statusUrl, { signal });
    view.show(state);
  }
  if (state.status === 'succeeded') return job.report(state);
  throw new DemoError(
    `The job ${type} ended as ${state.status}: ${state.error?.name}: ${state.error?.message}`,
  );
}

async function call(url: string, init: RequestInit): Promise<JobResponse> {
  const response = await fetch(url, init);
  if (!response.ok) throw new DemoError(`${url} answered ${response.status}: ${await response.text()}`);
  return jobResponse.parse(await response.json());
}

function explain(error: unknown): string {
  if (error instanceof DemoError || error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const interruption = new AbortController();
const timedOut = AbortSignal.timeout(maxMs);
for (const [name, code] of Object.entries(exitCodes))
  process.on(name, () => {
    process.exitCode = code;
    interruption.abort();
  });

try {
  await demo(AbortSignal.any([interruption.signal, timedOut]));
} catch (error) {
  if (timedOut.aborted) console.error(`\n  The demo did not end within ${maxMs / 1000} s.`);
  else if (!interruption.signal.aborted) console.error(`\n  The demo failed. ${explain(error)}`);
  process.exitCode ??= 1;
}
