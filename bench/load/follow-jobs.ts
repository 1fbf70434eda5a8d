import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';

const job = z.object({ id: z.string(), status: z.string() });
/** Of ours and of bare. */
const unfinished = ['queued', 'pending', 'running'];

/** A client asks again after half of the time that its job has taken so far, and not before this. */
const firstPauseMs = 10;
const share = 1 / 2;

export interface Followed {
  readonly jobsPerSecond: number;
  /** Submissions and questions for a status. */
  readonly calls: number;
  /** Of each job, from its submission to the answer that says how it ended. */
  readonly latenciesMs: readonly number[];
}

/** Submits jobs by HTTP and asks for their status until they have succeeded, so many at a time. */
export async function followJobs(
  address: string,
  { jobs, inFlight }: { readonly jobs: number; readonly inFlight: number },
): Promise<Followed> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const latenciesMs: number[] = [];
  let calls = 0;
  const start = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < jobs) {
      next += 1;
      const followed = await followJob(address, agent, next);
      latenciesMs.push(followed.ms);
      calls += followed.calls;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return { jobsPerSecond: jobs / seconds, calls, latenciesMs };
}

async function followJob(address: string, agent: Agent, number: number) {
  const start = performance.now();
  const body = JSON.stringify({ type: 'nothing', payload: { n: number } });
  const { id } = await call(new URL('/jobs', address), agent, body);
  for (let calls = 2; ; calls += 1) {
    await setTimeout(Math.max(firstPauseMs, (performance.now() - start) * share));
    const { status } = await call(new URL(`/jobs/${id}`, address), agent);
    if (status === 'succeeded') return { ms: performance.now() - start, calls };
    if (!unfinished.includes(status)) throw new Error(`job ${id} is ${status}`);
  }
}

async function call(url: URL, agent: Agent, body?: string): Promise<z.infer<typeof job>> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const outgoing = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers });
  const answered: Promise<[IncomingMessage]> = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.end(body);
  const [response] = await answered;
  const answer = await text(response);
  if (response.statusCode !== 200 && response.statusCode !== 202)
    throw new Error(`${outgoing.method} ${url.pathname}: ${response.statusCode} ${answer}`);
  return job.parse(JSON.parse(answer));
}
