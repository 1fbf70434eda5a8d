import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { aKeyEntry, aRootSecretEntry } from '../../tests/set-ups/access.ts';
import { median, type Series } from '../series.ts';
import type { SentMessage } from './aws.ts';
import {
  bundleAll,
  bundlePath,
  type Contender,
  contenders,
  environmentOn,
  type FunctionName,
  functionNames,
} from './contenders.ts';
import { expectProcessed, statusEvent, statusIn, submitEvent, submittedId, workerEvent } from './events.ts';
import { type AwsProcess, startAwsProcess, startFunction, type Took } from './invoked-process.ts';

/** What is invoked, in this order: the jobs of the first are those of the others. */
interface Operation {
  readonly name: string;
  readonly function: FunctionName;
  /** Invocations before the measured ones: by then Node.js has compiled what is hot. */
  readonly warmUp: number;
  readonly invocations: number;
  readonly jobs: number;
}
const operations: readonly Operation[] = [
  { name: 'submit', function: 'submit', warmUp: 400, invocations: 1_400, jobs: 1 },
  { name: 'job, alone', function: 'worker', warmUp: 200, invocations: 300, jobs: 1 },
  { name: 'job, in tens', function: 'worker', warmUp: 30, invocations: 40, jobs: 10 },
  { name: 'status', function: 'status', warmUp: 400, invocations: 800, jobs: 1 },
];
/** A process that starts takes a moment more or less than another one, so there are several a round. */
const coldStarts = 3;
/** With a delay: first some without, then some that open all connections, then those that are measured. */
const delayed = { delayMs: 20, warmUp: 30, connecting: 3 };
/** Those that are measured are made in so many slices. */
const slices = 10;

interface Case {
  readonly of: Contender;
  readonly operation: Operation;
  /** A function is called over TLS, unless a call is made long: then all that counts is which calls wait for others. */
  readonly connection: 'TLS' | 'without TLS';
}

/** What is shared by all cases of a benchmark. */
interface Bench {
  readonly outdir: string;
  readonly aws: AwsProcess;
  readonly environments: Readonly<Record<Case['connection'], Readonly<Record<string, string>>>>;
  readonly figures: Figures;
  readonly jobs: Readonly<Record<Contender, Jobs>>;
}

/** Gathers figures: each name has one of each contender in each round. */
class Figures {
  readonly #all = new Map<string, { readonly series: Series; readonly rounds: number[] }>();

  add(of: Contender, { name, unit }: Pick<Series, 'name' | 'unit'>, figure: number): void {
    const key = JSON.stringify([name, of]);
    const rounds = this.#all.get(key)?.rounds ?? [];
    rounds.push(Number.isInteger(figure) ? figure : Number(figure.toPrecision(4)));
    this.#all.set(key, { series: { name, unit, of, rounds }, rounds });
  }

  get series(): readonly Series[] {
    return [...this.#all.values()].map(({ series }) => series);
  }
}

/** What a contender was given: the jobs that have not run yet, and the ids that can be asked for. */
class Jobs {
  readonly #messages: SentMessage[] = [];
  readonly #ids: string[] = [];
  #submitted = 0;

  take({ function: name, jobs }: Operation, count: number): readonly unknown[] {
    return Array.from({ length: count }, (_, index) => {
      if (name === 'submit') {
        this.#submitted += 1;
        return submitEvent(this.#submitted);
      }
      if (name === 'status') return statusEvent(this.#ids[index % this.#ids.length] ?? '');
      const batch = this.#messages.splice(0, jobs);
      if (batch.length < jobs) throw new Error('Fewer jobs were submitted than are to run.');
      return workerEvent(batch);
    });
  }

  /** @throws if one of them says that something went wrong */
  keep({ function: name }: Operation, answers: readonly unknown[], sent: readonly SentMessage[]): void {
    this.#messages.push(...sent);
    for (const answer of answers) {
      if (name === 'worker') expectProcessed(answer);
      else if (name === 'status') statusIn(answer);
      else this.#keepId(submittedId(answer));
    }
  }

  /** Some of the first: they have run by the time that somebody asks for them. */
  #keepId(id: string): void {
    if (this.#ids.length < 100) this.#ids.push(id);
  }
}

interface MeasureOptions {
  readonly rounds: number;
  /** Is called with a line for the reader, such as which round has begun. */
  readonly report: (line: string) => void;
}

/**
 * Compares the functions of a stage with some by hand, and with some on Powertools, on an AWS that answers at once. The contenders run in
 * turn in each round, so that the machine's moods hit all of them.
 */
export async function measure({ rounds, report }: MeasureOptions): Promise<readonly Series[]> {
  const outdir = await mkdtemp(join(tmpdir(), 'job-worker-bench-'));
  const aws = await startAwsProcess();
  try {
    report('bundles');
    await bundleAll(outdir);
    for (const entry of [aRootSecretEntry(), aKeyEntry()]) await aws.put('AccessTable', toAttributes(entry));
    const authorityPath = join(outdir, 'authority.pem');
    await writeFile(authorityPath, aws.authority);
    const bench: Bench = {
      outdir,
      aws,
      environments: {
        TLS: await environmentOn({ endpoint: aws.tlsEndpoint, authorityPath }),
        'without TLS': await environmentOn({ endpoint: aws.endpoint }),
      },
      figures: new Figures(),
      jobs: { ours: new Jobs(), bare: new Jobs(), stock: new Jobs() },
    };
    await addBytes(bench);
    for (const operation of operations)
      for (const each of contenders) await count(bench, { of: each, operation, connection: 'without TLS' });
    for (let round = 1; round <= rounds; round += 1) {
      report(`round ${round} of ${rounds}`);
      await time(bench, round);
    }
    return bench.figures.series;
  } finally {
    await aws.stop();
    await rm(outdir, { recursive: true, force: true });
  }
}

async function addBytes({ outdir, figures }: Bench): Promise<void> {
  for (const name of functionNames)
    for (const each of contenders) {
      const { size } = await stat(bundlePath(outdir, each, name));
      figures.add(each, { name: `${name}: bundle`, unit: 'bytes' }, size);
    }
}

interface Running {
  readonly of: Contender;
  /** Invokes the function so often. @returns what that took, all together */
  invoke(count: number): Promise<Took>;
  /** The same of the first invocation, with the import. */
  importAndInvoke(): Promise<Took>;
  stop(): Promise<void>;
}

/** Starts a process for a case. */
function start({ outdir, aws, environments, jobs }: Bench, { of, operation, connection }: Case): Running {
  const { invoke, stop } = startFunction(join(outdir, 'invoke.mjs'), environments[connection]);
  const take = async (count: number, more: { readonly bundle?: string } = {}): Promise<Took> => {
    const took = await invoke({ ...more, events: jobs[of].take(operation, count) });
    jobs[of].keep(operation, took.answers, await aws.sent());
    return took;
  };
  return {
    of,
    invoke: take,
    importAndInvoke: () => take(1, { bundle: bundlePath(outdir, of, operation.function) }),
    stop,
  };
}

/** Starts a process for each case, and stops them after `use`. */
async function withProcesses(
  bench: Bench,
  cases: readonly Case[],
  use: (processes: readonly Running[]) => Promise<void>,
): Promise<void> {
  const processes = cases.map((one) => start(bench, one));
  try {
    await use(processes);
  } finally {
    for (const { stop } of processes) await stop();
  }
}

/** What is called does not depend on the machine: once is enough. */
async function count(bench: Bench, one: Case): Promise<void> {
  const { of, operation } = one;
  const { aws, figures } = bench;
  await withProcesses(bench, [one], async ([running]) => {
    if (running === undefined) return;
    await aws.count();
    await running.importAndInvoke();
    const first = await aws.count();
    await running.invoke(operation.function === 'submit' ? 100 : 3); // the other operations run these
    await aws.count();
    await running.invoke(1);
    const add = (figure: string, value: number) =>
      figures.add(of, { name: `${operation.name}: ${figure}`, unit: 'calls' }, value);
    if (operation.jobs === 1) add('calls of a first invocation', first);
    add('calls', await aws.count());
  });
}

async function time(bench: Bench, round: number): Promise<void> {
  // Each is the first one, and the last one, as often as the others.
  const order = contenders.map((_, index) => contenders[(index + round) % contenders.length] ?? 'ours');
  for (const operation of operations) {
    const casesOn = (connection: Case['connection']) => order.map((of) => ({ of, operation, connection }));
    if (operation.jobs === 1) await timeColdStarts(bench, casesOn('TLS'));
    await timeWarm(bench, operation, casesOn('TLS'));
    await timeDelayed(bench, operation, casesOn('without TLS'));
  }
}

async function timeColdStarts(bench: Bench, cases: readonly Case[]): Promise<void> {
  const all = new Map<Case, Took[]>(cases.map((one) => [one, []]));
  for (let start = 0; start < coldStarts; start += 1)
    for (const [one, starts] of all)
      await withProcesses(bench, [one], async ([running]) => {
        if (running) starts.push(await running.importAndInvoke());
      });
  for (const [{ of, operation }, starts] of all) {
    const name = `${operation.name}: cold start`;
    bench.figures.add(of, { name, unit: 'ms' }, median(starts.map(({ wallMs }) => wallMs)));
  }
}

/** All processes are there at once, and get a slice of their invocations in turn: what else the machine does hits all of them. */
async function timeWarm(bench: Bench, operation: Operation, cases: readonly Case[]): Promise<void> {
  await withProcesses(bench, cases, async (processes) => {
    for (const { importAndInvoke, invoke } of processes) {
      await importAndInvoke();
      await invoke(operation.warmUp);
    }
    const took = await inSlices(processes, operation.invocations / slices);
    const each = operation.invocations * operation.jobs;
    for (const [{ of }, all] of took) {
      const cpuMs = all.reduce((sum, one) => sum + one.cpuMs, 0);
      bench.figures.add(of, { name: `${operation.name}: CPU`, unit: 'ms' }, cpuMs / each);
    }
  });
}

/** Invocations, where each call takes as long as on AWS, or longer. */
async function timeDelayed(bench: Bench, operation: Operation, cases: readonly Case[]): Promise<void> {
  await withProcesses(bench, cases, async (processes) => {
    for (const { importAndInvoke, invoke } of processes) {
      await importAndInvoke();
      await invoke(delayed.warmUp);
    }
    await bench.aws.delay(delayed.delayMs);
    for (const { invoke } of processes) await invoke(delayed.connecting);
    const took = await inSlices(processes, 1);
    await bench.aws.delay(0);
    const name = `${operation.name}: wall, ${delayed.delayMs} ms a call`;
    for (const [{ of }, all] of took)
      bench.figures.add(of, { name, unit: 'ms' }, median(all.map(({ wallMs }) => wallMs)));
  });
}

async function inSlices(
  processes: readonly Running[],
  invocations: number,
): Promise<ReadonlyMap<Running, readonly Took[]>> {
  const all = new Map<Running, Took[]>(processes.map((each) => [each, []]));
  for (let slice = 0; slice < slices; slice += 1)
    for (const [{ invoke }, took] of all) took.push(await invoke(invocations));
  return all;
}
