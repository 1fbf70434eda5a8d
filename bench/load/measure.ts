import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { startDatabases } from '../peers/databases.ts';
import type { MeasureOptions, Series } from '../series.ts';
import { type Followed, followJobs } from './follow-jobs.ts';
import { type LocalSystem, startLocalSystem } from './local-system.ts';
import { cpuMsOf } from './process-figures.ts';

/** Jobs in flight, and how many are followed of each contender in a round. */
const loads = [
  { inFlight: 1, jobs: 60 },
  { inFlight: 10, jobs: 300 },
  { inFlight: 50, jobs: 300 },
] as const;
/** Node.js has compiled what is hot by then. */
const warmUp = { inFlight: 10, jobs: 300 };

const ownSystems = ['ours', 'bare'] as const;
const peers = ['bullmq', 'pg-boss'] as const;

/** What a peer's process sends. */
const followed = z.object({ jobsPerSecond: z.number(), latenciesMs: z.array(z.number()) });
type Latencies = Pick<Followed, 'jobsPerSecond' | 'latenciesMs'>;

/** Adds a figure to what a contender has so far. */
type Add = (name: string, unit: string, figure: number) => void;

/**
 * Submits jobs and follows them to their end: through the local system, with the functions of this project and with those by hand; and through
 * BullMQ and pg-boss.
 */
export async function measure({ rounds, report }: MeasureOptions): Promise<readonly Series[]> {
  const all = new Map<string, Series & { readonly rounds: number[] }>();
  const adding =
    (of: string): Add =>
    (name, unit, figure) => {
      const series = all.get(`${of} ${name}`) ?? { name, unit, of, rounds: [] };
      series.rounds.push(figure);
      all.set(`${of} ${name}`, series);
    };
  const contenders = await startContenders();
  try {
    report('load: warming up');
    for (const { follow } of contenders) await follow(warmUp, () => undefined);
    for (let round = 0; round < rounds; round += 1) {
      report(`load: round ${round + 1} of ${rounds}`);
      for (const load of loads)
        for (const index of contenders.keys()) {
          const contender = contenders[(index + round) % contenders.length];
          await contender?.follow(load, adding(contender.of));
        }
    }
  } finally {
    for (const { stop } of contenders) await stop();
  }
  return [...all.values()];
}

interface Contender {
  readonly of: string;
  follow(load: { readonly inFlight: number; readonly jobs: number }, add: Add): Promise<void>;
  stop(): Promise<unknown>;
}

async function startContenders(): Promise<readonly Contender[]> {
  const databases = await startDatabases();
  const contenders: Contender[] = [];
  try {
    for (const of of ownSystems) contenders.push(ownContender(of, await startLocalSystem(of)));
    for (const of of peers) contenders.push(peer(of, databases.environment));
  } catch (error) {
    for (const { stop } of contenders) await stop();
    await databases.stop();
    throw error;
  }
  return [...contenders, { of: 'databases', follow: async () => undefined, stop: databases.stop }];
}

const ownContender = (of: string, { address, pid, stop }: LocalSystem): Contender => ({
  of,
  async follow({ inFlight, jobs }, add) {
    const before = cpuMsOf(pid);
    const outcome = await followJobs(address, { inFlight, jobs });
    addLatencies('over HTTP', inFlight, outcome, add);
    add(`CPU of a job over HTTP, ${inFlight} in flight`, 'ms', (cpuMsOf(pid) - before) / jobs);
  },
  stop,
});

/** In a process of its own, with its worker: it has no HTTP API. */
function peer(of: string, environment: Readonly<Record<string, string>>): Contender {
  const child: ChildProcess = fork(fileURLToPath(new URL(`../peers/${of}.ts`, import.meta.url)), {
    env: { ...process.env, ...environment },
  });
  return {
    of,
    async follow({ inFlight, jobs }, add) {
      child.send({ inFlight, jobs });
      const [answer]: unknown[] = await once(child, 'message');
      addLatencies('in a process', inFlight, followed.parse(answer), add);
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

function addLatencies(way: string, inFlight: number, { jobsPerSecond, latenciesMs }: Latencies, add: Add) {
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  add(`jobs ${way}, ${inFlight} in flight`, 'jobs/s', jobsPerSecond);
  add(`a job ${way}, ${inFlight} in flight: median`, 'ms', at(0.5));
  add(`a job ${way}, ${inFlight} in flight: 95 of 100`, 'ms', at(0.95));
}
