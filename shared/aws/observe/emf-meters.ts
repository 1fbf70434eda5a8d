import type { Meter, MeteredQueue, Meters } from '../../domain/observe/metrics.ts';
import type { Tracer } from '../../domain/observe/trace.ts';

interface MeterSettings {
  /** `queue` and `type` say by what it is counted; `off`: nothing is. */
  readonly METRICS: 'off' | 'queue' | 'type';
  readonly METRICS_NAMESPACE: string;
}

/** What was counted of one queue, or of one type in it. */
interface Counted {
  readonly queue: MeteredQueue;
  readonly type: string;
  readonly counts: Map<string, number>;
  readonly times: Map<string, number[]>;
}

/** CloudWatch takes so many values of a metric from one line. */
const maxValues = 100;

/**
 * Meters that write the embedded metric format, a line for each queue (or type) and flush. The line goes to the
 * standard output itself: the console of Lambda would wrap it in another object, and CloudWatch would find no metric in
 * it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfMeters implements Meters {
  readonly #settings: MeterSettings;
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #counted = new Map<string, Counted>();

  constructor(
    settings: MeterSettings,
    write = (line: string): void => void process.stdout.write(line),
    now = Date.now,
  ) {
    this.#settings = settings;
    this.#write = write;
    this.#now = now;
  }

  on(queue: MeteredQueue): Meter {
    if (this.#settings.METRICS === 'off') return { queue, count() {}, time() {} };
    return {
      queue,
      count: (metric, type) => {
        const { counts } = this.#of(queue, type);
        counts.set(metric, (counts.get(metric) ?? 0) + 1);
      },
      time: (metric, milliseconds, type) => {
        const { times } = this.#of(queue, type);
        const values = times.get(metric);
        if (values) values.push(milliseconds);
        else times.set(metric, [milliseconds]);
        if (values?.length === maxValues) this.flush();
      },
    };
  }

  flush(): void {
    for (const counted of this.#counted.values()) this.#write(`${JSON.stringify(this.#document(counted))}\n`);
    this.#counted.clear();
  }

  #of(queue: MeteredQueue, type = ''): Counted {
    const part = this.#settings.METRICS === 'type' ? type : '';
    const key = `${queue} ${part}`;
    let counted = this.#counted.get(key);
    if (!counted) {
      counted = { queue, type: part, counts: new Map(), times: new Map() };
      this.#counted.set(key, counted);
    }
    return counted;
  }

  #document({ queue, type, counts, times }: Counted): object {
    const Metrics = [
      ...[...counts.keys()].map((Name) => ({ Name, Unit: 'Count' })),
      ...[...times.keys()].map((Name) => ({ Name, Unit: 'Milliseconds' })),
    ];
    const Dimensions = type === '' ? [['Queue']] : [['Queue'], ['Queue', 'Type']];
    const CloudWatchMetrics = [{ Namespace: this.#settings.METRICS_NAMESPACE, Dimensions, Metrics }];
    return {
      _aws: { Timestamp: this.#now(), CloudWatchMetrics },
      Queue: queue,
      ...(type === '' ? {} : { Type: type }),
      ...Object.fromEntries(counts),
      ...Object.fromEntries(times),
    };
  }
}

/**
 * The same call, which writes what it has counted, and sends its spans, before it ends: Lambda freezes a function then.
 */
export const flushed =
  <Arguments extends readonly unknown[], T>(
    meters: Pick<Meters, 'flush'>,
    call: (...all: Arguments) => Promise<T>,
    tracer?: Pick<Tracer, 'flush'>,
  ) =>
  async (...all: Arguments): Promise<T> => {
    try {
      return await call(...all);
    } finally {
      meters.flush();
      if (tracer) await tracer.flush();
    }
  };

/** A line with one number of the whole stage, which has no dimension. Returns the text. */
export const emfLine = (
  Namespace: string,
  name: string,
  { value, now }: { readonly value: number; readonly now: number },
): string =>
  `${JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace, Dimensions: [[]], Metrics: [{ Name: name, Unit: 'Count' }] }],
    },
    [name]: value,
  })}\n`;
