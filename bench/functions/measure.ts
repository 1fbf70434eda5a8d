import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import { aKeyEntry, aRootEntry } from '../../tests/set-ups/access.ts';
import { type Measure, median, type Series } from '../series.ts';
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
  { name: 'submit', function: 'submit', warmUp: 400, invocations: 900, jobs: 1 },
  { name: 'job, alone', function: 'worker', warmUp: 200, invocations: 300, jobs: 1 },
  { name: 'job, in tens', function: 'worker', warmUp: 30, invocations: 40, jobs: 10 },
  { name: 'status', function: 'status', warmUp: 400, invocations: 800, jobs: 1 },
];
/** A process that starts takes a moment more or less than another one, so there are several a round. */
const coldStarts = 3;
/** In the rounds with a delay: first some that open connections, then those that are measured. */
const delayed = { delayMs: 20, warmUp: 5, invocations: 5 };

type Connection = 'TLS' | 'without TLS';
const connections: readonly Connection[] = ['TLS', 'without TLS'];

interface Case {
  readonly of: Contender;
  readonly operation: Operation;
  readonly connection: Connection;
}

/** What is shared by all cases of a benchmark. */
interface Bench {
  readonly outdir: string;
  readonly aws: AwsProcess;
  readonly environments: Readonly<Record<Connection, Readonly<Record<string, string>>>>;
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

/** Compares the functions of a stage with some by hand, and with some on Powertools, on an AWS that answers at once. */
export const measure: Measure = async ({ rounds, tell }) => {
  const outdir = await mkdtemp(join(tmpdir(), 'job-worker-bench-'));
  const aws = await startAwsProcess();
  try {
    tell('functions: bundles');
    await bundleAll(outdir);
    for (const entry of [aRootEntry(), aKeyEntry()]) await aws.put('AccessTable', toAttributes(entry));
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
      tell(`functions: round ${round} of ${rounds}`);
      await time(bench, round);
    }
    return bench.figures.series;
  } finally {
    await aws.stop();
    await rm(outdir, { recursive: true, force: true });
  }
};

async function addBytes({ outdir, figures }: Bench): Promise<void> {
  for (const name of functionNames)
    for (const each of contenders) {
      const { size } = await stat(bundlePath(outdir, each, name));
      figures.add(each, { name: `${name}: bundle`, unit: 'bytes' }, size);
    }
}

type Step = (count: number, settings?: { readonly imports: boolean }) => Promise<Took>;

/** Starts a process for a case, and gives `use` what invokes its function so often. */
async function inProcess<Result>(
  { outdir, aws, environments, jobs }: Bench,
  { of, operation, connection }: Case,
  use: (step: Step) => Promise<Result>,
): Promise<Result> {
  const invoked = startFunction(join(outdir, 'invoke.mjs'), environments[connection]);
  const bundle = bundlePath(outdir, of, operation.function);
  try {
    return await use(async (times, { imports } = { imports: false }) => {
      const events = jobs[of].take(operation, times);
      const took = await invoked.invoke({ ...(imports ? { bundle } : {}), events });
      jobs[of].keep(operation, took.answers, await aws.sent());
      return took;
    });
  } finally {
    await invoked.stop();
  }
}

/** What is called does not depend on the machine: once is enough. A delay shows which calls wait for others. */
async function count(bench: Bench, one: Case): Promise<void> {
  const { of, operation } = one;
  const { aws, figures } = bench;
  await inProcess(bench, one, async (step) => {
    await aws.count();
    await step(1, { imports: true });
    const first = await aws.count();
    await step(operation.function === 'submit' ? 100 : 3); // the other operations run these
    await aws.count();
    await aws.delay(delayed.delayMs);
    await step(1);
    const { calls, units, roundTrips } = await aws.count();
    await aws.delay(0);
    const add = (figure: string, value: number) =>
      figures.add(of, { name: `${operation.name}: ${figure}`, unit: figure }, value);
    if (operation.jobs === 1) add('calls of a first invocation', first.calls);
    add('calls', calls);
    add('units', units);
    add('round trips', roundTrips);
  });
}

async function time(bench: Bench, round: number): Promise<void> {
  // Each is the first one, and the last one, as often as the others.
  const order = contenders.map((_, index) => contenders[(index + round) % contenders.length] ?? 'ours');
  for (const operation of operations) {
    for (const connection of connections) {
      const cases = order.map((of) => ({ of, operation, connection }));
      if (operation.jobs === 1) await timeColdStarts(bench, cases);
      for (const one of cases) await timeWarm(bench, one);
    }
    for (const each of order) await timeDelayed(bench, { of: each, operation, connection: 'without TLS' });
  }
}

async function timeColdStarts(bench: Bench, cases: readonly Case[]): Promise<void> {
  const all = new Map<Case, Took[]>(cases.map((one) => [one, []]));
  for (let start = 0; start < coldStarts; start += 1)
    for (const one of cases)
      all.get(one)?.push(await inProcess(bench, one, (step) => step(1, { imports: true })));
  for (const [{ of, operation, connection }, starts] of all) {
    const add = (figure: string, unit: string, each: (took: Took) => number) =>
      bench.figures.add(
        of,
        { name: `${operation.name}: ${figure}, ${connection}`, unit },
        median(starts.map(each)),
      );
    add('cold start', 'ms', ({ wallMs }) => wallMs);
    add('CPU of a cold start', 'ms', ({ cpuMs }) => cpuMs);
    add('memory after a cold start', 'MB', ({ rssMb }) => rssMb);
  }
}

async function timeWarm(bench: Bench, one: Case): Promise<void> {
  const { of, operation, connection } = one;
  await inProcess(bench, one, async (step) => {
    await step(1, { imports: true });
    await step(operation.warmUp);
    const { wallMs, cpuMs, rssMb } = await step(operation.invocations);
    const each = operation.invocations * operation.jobs;
    const add = (figure: string, unit: string, value: number) =>
      bench.figures.add(of, { name: `${operation.name}: ${figure}, ${connection}`, unit }, value);
    add('CPU', 'ms', cpuMs / each);
    add('wall', 'ms', wallMs / each);
    add('memory', 'MB', rssMb);
  });
}

/** An invocation, where each call takes as long as on AWS, or longer. */
async function timeDelayed(bench: Bench, one: Case): Promise<void> {
  const { of, operation } = one;
  await inProcess(bench, one, async (step) => {
    await step(1, { imports: true });
    await bench.aws.delay(delayed.delayMs);
    await step(delayed.warmUp);
    const { wallMs } = await step(delayed.invocations);
    await bench.aws.delay(0);
    const name = `${operation.name}: wall, ${delayed.delayMs} ms a call`;
    bench.figures.add(of, { name, unit: 'ms' }, wallMs / delayed.invocations);
  });
}
