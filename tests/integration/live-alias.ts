import { setTimeout } from 'node:timers/promises';
import type { Context, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { meteredQueues } from '../../shared/domain/observe/metrics.ts';
import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { type Build, FunctionVersion } from './function-version.ts';
import type { Functions, Http, Source, Sqs } from './functions.ts';

/** Of the attempts of a version in a queue, and of its answers, so many may fail. An emulator may be too slow for an answer. */
const maxFailedShare = 0.02;
const maxFaultShare = 0.1;
const pollMs = 50;
const maxDeployMs = 180_000;

/** What takes a deployment back. Each looks at the new version alone, as an alarm does whose metric has the version. */
const alarms = {
  errors: ({ errors }: FunctionVersion) => errors > 0,
  faults: ({ faults, answers }: AliasVersion) => faults > 1 && faults > maxFaultShare * answers,
  configuration: (version: FunctionVersion) =>
    meteredQueues.some((queue) => version.count('ConfigurationUnreadable', queue) > 0),
  'failed attempts': (version: FunctionVersion) =>
    meteredQueues.some(
      (queue) =>
        version.count('AttemptsFailed', queue) > maxFailedShare * version.count('AttemptsStarted', queue),
    ),
};
export type Alarm = keyof typeof alarms;
const alarmNames = Object.keys(alarms) as Alarm[];

class AliasVersion extends FunctionVersion {
  /** Of the API, and those of 5xx among them. */
  answers = 0;
  faults = 0;
}

const httpAnswer = z.looseObject({ statusCode: z.number() });
const batchAnswer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

interface Canary {
  /** The chance that an invocation goes to the new version. */
  readonly weight: number;
  /** It is live when it has started so many attempts of the standard queue, and no alarm rings. */
  readonly attempts: number;
}

/** How a deployment ended. */
export interface Deployed {
  readonly build: string;
  /** The alarms that rang. None: the build is live. */
  readonly rang: readonly Alarm[];
  readonly version: FunctionVersion;
}

/** The bundles of the functions that process queues, by the queue. */
const receivers: Readonly<Record<Source, string>> = {
  standard: 'worker',
  long: 'long-worker',
  bulk: 'bulk',
  'ordered.fifo': 'long-worker',
  'ordered-2.fifo': 'long-worker',
  waiting: 'admission',
  'dead-letter': 'dead-letter',
  'dead-letter.fifo': 'dead-letter',
  notify: 'notify',
  'notify-slow': 'notify',
};

/**
 * An alias in front of the versions of all functions. On AWS each function has an alias and a deployment of its own; here all of a stage
 * have one, so that a build is live as a whole, or not at all.
 */
export class LiveAlias {
  readonly #random: SeededRandom;
  #live: AliasVersion;
  #canary: { readonly version: AliasVersion; readonly weight: number } | undefined;
  /** When each message was returned, or its invocation failed, by its id. */
  readonly #returnedAt = new Map<string, number>();
  /** For how long a message was invisible at most, after a receive in which it was not deleted. */
  maxHiddenMs = 0;

  constructor(first: Build, random: SeededRandom) {
    this.#live = new AliasVersion(first);
    this.#random = random;
  }

  get live(): Build {
    return this.#live.build;
  }

  get functions(): Functions {
    const http = (name: string) => this.#http(name);
    const sources = Object.entries(receivers).map(([source, name]) => [source, this.#receiver(name)]);
    return {
      routes: {
        submit: http('submit'),
        status: http('status'),
        wait: http('wait'),
        api: http('api'),
        pages: http('pages'),
      },
      bySource: Object.fromEntries(sources) as Record<Source, Sqs>,
    };
  }

  /** Sends a part of the invocations to a build, until an alarm rings or it has done enough. */
  async deploy(build: Build, { weight, attempts }: Canary): Promise<Deployed> {
    const version = new AliasVersion(build);
    this.#canary = { version, weight };
    const giveUpAt = Date.now() + maxDeployMs;
    while (Date.now() < giveUpAt) {
      const rang = alarmNames.filter((name) => alarms[name](version));
      const isEnough = version.count('AttemptsStarted', 'standard') >= attempts;
      if (rang.length > 0 || isEnough) {
        const [live, other] = rang.length > 0 ? [this.#live, version] : [version, this.#live];
        this.#live = live;
        this.#canary = undefined;
        await other.stop();
        return { build: build.name, rang, version };
      }
      await setTimeout(pollMs);
    }
    throw new Error(`nothing is known of ${build.name} after ${maxDeployMs} ms`);
  }

  stop(): Promise<void> {
    return this.#live.stop();
  }

  #choose(): AliasVersion {
    const { version, weight } = this.#canary ?? { version: this.#live, weight: 0 };
    return this.#random.chance(weight) ? version : this.#live;
  }

  #http(name: string): Http {
    return async (event, context) => {
      const version = this.#choose();
      version.answers += 1;
      // As API Gateway answers.
      const failed = () => ({ statusCode: 500, body: '' });
      const invoked = version.invoke(name, event, context.getRemainingTimeInMillis());
      const answer = httpAnswer.parse(await invoked.catch(failed));
      if (answer.statusCode >= 500) version.faults += 1;
      return answer;
    };
  }

  #receiver(name: string): Sqs {
    return async (event: SQSEvent, context: Context) => {
      const ids = event.Records.map(({ messageId }) => messageId);
      this.#onReceived(ids);
      try {
        const answer = await this.#choose().invoke(name, event, context.getRemainingTimeInMillis());
        const { batchItemFailures } = batchAnswer.parse(answer);
        this.#onReturned(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        return { batchItemFailures };
      } catch (error) {
        this.#onReturned(ids);
        throw error;
      }
    };
  }

  #onReceived(messageIds: readonly string[]): void {
    const now = Date.now();
    const hiddenMs = messageIds.map((messageId) => now - (this.#returnedAt.get(messageId) ?? now));
    this.maxHiddenMs = Math.max(this.maxHiddenMs, ...hiddenMs);
  }

  #onReturned(messageIds: readonly string[]): void {
    for (const messageId of messageIds) this.#returnedAt.set(messageId, Date.now());
  }
}
