import { measured } from '../../scripts/cost/measured.ts';
import { assumed } from '../../scripts/cost/month.ts';
import { type PriceName, priceOf, type Region } from '../../scripts/cost/price-list.ts';
import { stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { nothingSeen } from '../../shared/domain/watch/memory.ts';
import { troubles } from '../../shared/watch/troubles.ts';
import { apiStage } from './api-kinds.ts';
import { matches } from './cloudwatch.ts';
import type { Counted, CountedJobs } from './counted-jobs.ts';
import { alarm, eventSource, logGroup, metricFilter, queue, rule, table } from './kinds.ts';
import type { Package } from './packaged.ts';

/** What a bill is made for, of which `npm run cost` is told the same. */
export interface Month {
  readonly jobs: number;
  readonly region: Region;
  /** Of each attempt. */
  readonly durationMs: number;
  readonly callMs: number;
  /** The code of an invocation, on a whole core. */
  readonly cpuMs: number;
}

const days = 30;
const monthSeconds = days * 24 * 3600;
const monthHours = days * 24;
const gb = 1e9;
const mbOfCore = 1_769;
const jobFunctions = ['submit', 'worker', 'status'] as const;
/** Who calls one over the API: what the log of API Gateway has for it. */
const routes = {
  submit: { 'context.routeKey': 'POST /jobs', 'context.path': '/jobs', 'context.status': '202' },
  status: {
    'context.routeKey': 'GET /jobs/{id}',
    'context.path': `/jobs/${'x'.repeat(36)}`,
    'context.status': '200',
  },
} as const;

/** The bill of a month, from the template of a stage and from what its functions have called for some jobs. */
class CountedBill {
  readonly #amounts = new Map<PriceName, number>();
  readonly #pkg: Package;
  readonly #counted: CountedJobs;
  readonly #month: Month;
  #logBytes = 0;

  constructor(pkg: Package, counted: CountedJobs, month: Month) {
    this.#pkg = pkg;
    this.#counted = counted;
    this.#month = month;
  }

  /** Dollars by price. */
  usd(): ReadonlyMap<PriceName, number> {
    const { jobs, region } = this.#month;
    this.#addJobs(jobs / this.#counted.submitted);
    this.#addStored(jobs / this.#counted.submitted);
    this.#addIdle();
    this.#addWatched();
    this.#addLog();
    return new Map(
      [...this.#amounts].map(([name, amount]) => {
        const { usd, per } = priceOf(region, name);
        return [name, (amount / per) * usd];
      }),
    );
  }

  #add(name: PriceName, amount: number): void {
    this.#amounts.set(name, (this.#amounts.get(name) ?? 0) + amount);
  }

  #memoryOf(name: string): number {
    return this.#pkg.functions.find((one) => one.name === name)?.properties.MemorySize ?? Number.NaN;
  }

  /** @param ms what an invocation takes beside its own code and its calls */
  #addInvoked(name: string, { invocations, rounds, units, lines }: Counted, times: number, ms = 0): void {
    const { cpuMs, callMs } = this.#month;
    const memory = this.#memoryOf(name);
    const each = (cpuMs * mbOfCore) / memory + ms;
    this.#add('invocation', times * invocations);
    this.#add('gbSecond', (times * (invocations * each + rounds.count * callMs) * memory) / 1024 / 1000);
    this.#add('readUnit', times * units.read);
    this.#add('writeUnit', times * (units.write + units.indexWrite));
    this.#addLines(lines, times);
  }

  #addLines(lines: readonly string[], times: number): void {
    for (const line of lines) this.#logBytes += times * (Buffer.byteLength(line) + measured.log.lineBytes);
  }

  /** @param times as many jobs as were counted */
  #addJobs(times: number): void {
    for (const name of jobFunctions) {
      const counted = this.#counted.of[name];
      const cold = assumed.coldShare * counted.invocations;
      this.#addInvoked(name, counted, times, name === 'worker' ? this.#month.durationMs : 0);
      this.#add('gbSecond', (times * cold * assumed.coldMs * this.#memoryOf(name)) / 1024 / 1000);
      this.#add('request', times * counted.requests);
      this.#add('fairRequest', times * counted.fairRequests);
    }
    for (const name of ['submit', 'status'] as const) {
      const { invocations, answeredBytes } = this.#counted.of[name];
      this.#add('apiRequest', times * invocations);
      this.#add('leavingGb', (times * (answeredBytes + invocations * assumed.gatewayBytes)) / gb);
      this.#addLines([this.#accessLine(routes[name])], times * invocations);
    }
  }

  #accessLine(of: Readonly<Record<string, string>>): string {
    const [stage] = this.#pkg.template.all(apiStage).values();
    const known: Readonly<Record<string, string>> = {
      'context.requestId': 'JKJaXmPLvHcESHA=',
      'context.identity.sourceIp': '203.0.113.10',
      'context.responseLatency': '45',
      ...of,
    };
    const format = stage?.AccessLogSettings.Format ?? '';
    return format.replaceAll(/\$([\w.]+)/g, (_, name: string) => known[name] ?? '-');
  }

  #addStored(times: number): void {
    const { template, functions } = this.#pkg;
    const { stored, scannedUnits } = this.#counted;
    const keptDays = Number(functions.find(({ name }) => name === 'worker')?.environment.RETENTION_DAYS);
    const kept = (times * keptDays) / days;
    const { PointInTimeRecoverySpecification, SSESpecification } = template.one('JobTable', table);
    // A key that the account has is called, and KMS bills that. Nobody counts it here.
    if (SSESpecification !== undefined) throw new Error('the table has a key of KMS');
    this.#add('tableGb', (kept * (stored.itemBytes + stored.indexBytes)) / gb);
    if (PointInTimeRecoverySpecification !== undefined)
      this.#add('recoveryGb', (kept * stored.itemBytes) / gb);
    // The look for stuck jobs, once a day, with a write for each page of 1 MB.
    this.#add('readUnit', days * kept * scannedUnits);
    this.#add('writeUnit', (days * kept * scannedUnits) / 128);
  }

  /** How often each rule calls. */
  get #calls(): number {
    const [first, ...others] = [...this.#pkg.template.all(rule).values()].map(({ ScheduleExpression }) =>
      Number(/^rate\((\d+) minutes\)$/.exec(ScheduleExpression)?.[1]),
    );
    if (first === undefined || others.some((minutes) => minutes !== first)) throw new Error('rules differ');
    return monthSeconds / 60 / first;
  }

  /** What is there whether jobs come or not. */
  #addIdle(): void {
    const { template } = this.#pkg;
    for (const name of ['check', 'overdue'] as const)
      this.#addInvoked(name, this.#counted.of[name], this.#calls);
    const ofQueue = (id: string): PriceName =>
      template.one(id, queue).FifoQueue ? 'fifoRequest' : 'request';
    // `check` counts each queue.
    for (const id of template.all(queue).keys()) this.#add(ofQueue(id), this.#calls);
    for (const { EventSourceArn, ScalingConfig } of template.all(eventSource).values()) {
      const pollers = ScalingConfig === undefined ? 2 : 5;
      this.#add(ofQueue(EventSourceArn), (pollers * monthSeconds) / 20);
    }
    this.#add('alarmMetric', template.all(alarm).size);
  }

  /** Metrics: those that jobs make, and those that `check` reads, at each call in which it sees messages, or has just seen some. */
  #addWatched(): void {
    const { jobs, callMs, durationMs } = this.#month;
    const { of } = this.#counted;
    const { invocations, rounds } = of.worker;
    const busyMs = durationMs + (rounds.count * callMs) / invocations;
    const everyMs = (monthSeconds * 1000) / jobs;
    // Jobs come evenly, and checks at any time between two of them.
    const isBusyAt = (call: number): boolean => ((call * 0.618_034) % 1) * everyMs < busyMs;
    for (let call = 1; call <= this.#calls; call += 1) {
      const isSeen = isBusyAt(call - 1) || isBusyAt(call);
      const isSweep = call % (this.#calls / monthHours) === 0;
      if (isSeen || isSweep) this.#add('askedMetric', metricsAsked({ isSweep, isSeen }));
    }
    const filters = [...this.#pkg.template.all(metricFilter).values()];
    const lines = jobFunctions.flatMap((name) => of[name].lines);
    const metrics = new Set(lines.flatMap((line) => metricsOf(JSON.parse(line), filters)));
    this.#add('metric', metrics.size * Math.min(1, jobs / monthHours));
  }

  #addLog(): void {
    const { template } = this.#pkg;
    const kept = [...template.all(logGroup).values()].map(
      ({ RetentionInDays = Number.NaN }) => RetentionInDays,
    );
    this.#add('logGb', this.#logBytes / gb);
    this.#add('logGbMonth', (assumed.compressed * this.#logBytes * Math.max(...kept)) / days / gb);
  }
}

export const billFrom = (pkg: Package, counted: CountedJobs, month: Month): ReadonlyMap<PriceName, number> =>
  new CountedBill(pkg, counted, month).usd();

/** How many metrics a check reads, and whether it is the one of the hour that looks at all queues. */
export function metricsAsked({
  isSweep,
  isSeen,
}: {
  readonly isSweep: boolean;
  /** Whether there is a message in the queue `standard`. */
  readonly isSeen: boolean;
}): number {
  const queues = stageQueues.map((name) => {
    const count = isSeen && name === 'standard' ? 1 : 0;
    return { name, visible: count, inFlight: count, delayed: 0 };
  });
  const now = Date.UTC(2026, 0, 2);
  const seen = { now, memory: nothingSeen, queues, pauses: new Map(), hasMetrics: true, hasIssuer: true };
  const asked = troubles.flatMap(({ asks }) => asks({ ...seen, isSweep }));
  return new Set(asked.map((query) => JSON.stringify(query))).size;
}

interface Filter {
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly [{ readonly MetricName: string }];
}
interface Line {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** What CloudWatch makes of a line: metrics of the embedded format, and those of filters. */
function metricsOf(line: Line, filters: readonly Filter[]): readonly string[] {
  const embedded = (line._aws?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => Metrics.map(({ Name }) => `${Name} by ${names.join()}`)),
  );
  const filtered = filters
    .filter(({ FilterPattern }) => matches(FilterPattern, line))
    .map(({ MetricTransformations: [{ MetricName }] }) => MetricName);
  return [...embedded, ...filtered];
}
