import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { QueueCalls } from '../queues/queue-calls.ts';
import { queueUrlOf } from '../queues/queue-resource.ts';
import type { Resolve } from '../resolve-references.ts';
import { EventSourceMapping } from './event-source-mapping.ts';
import { invokeFunction } from './invoke-function.ts';
import type { CallOffline } from './offline-servers.ts';
import { type FunctionDefinition, type SqsEventSource, sqsEventsOf } from './serverless-service.ts';

/** serverless-offline's default for a function without a timeout. */
const defaultTimeoutSeconds = 6;
/** serverless-offline ends a function at its timeout, but never answers for one that it ended after a crash. */
const timeoutMarginSeconds = 5;
/** On AWS a failed batch is invisible for six minutes. That is too long for a user who has just fixed the code. */
const retryAfterSeconds = 5;

interface EventSourcesOptions {
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
  readonly resolve: Resolve;
  readonly sqsEndpoint: string;
  /** Calls serverless-offline's copy of Lambda. */
  readonly lambda: CallOffline;
  /** How many invocations the function `longWorker` has at a time, of each of its queues. */
  readonly longConcurrency: number;
  /** How many invocations every other function has at a time. */
  readonly maxConcurrency: number;
}

interface Source {
  readonly definition: FunctionDefinition;
  readonly source: SqsEventSource;
  readonly sqs: QueueCalls;
  readonly concurrency: number;
}

interface Invoked {
  readonly definition: FunctionDefinition;
  readonly sqs: QueueCalls;
  readonly queueUrl: string;
}

const batchOfQueue = z.object({
  Records: z.tuple([z.object({ receiptHandle: z.string() })], z.unknown()),
});

/** serverless-offline itself waits for the answer, and in the end reports a timeout. */
const abort = (invocation: AbortController): void =>
  invocation.abort(new Error('it was ended while it ran; its jobs are taken over after their lease'));

/** The event source mappings of all functions. */
export class EventSources {
  readonly #options: EventSourcesOptions;
  readonly #calls: readonly QueueCalls[];
  readonly #mappings: readonly EventSourceMapping[];
  /** Of each running invocation, by the first receipt handle of its batch. */
  readonly #running = new Map<string, AbortController>();
  #stopped = false;

  constructor(options: EventSourcesOptions) {
    this.#options = options;
    const sources = Object.entries(options.functions).flatMap(([key, definition]) => {
      const { AWS_ACCESS_KEY_ID: accessKeyId } = definition.environment ?? {};
      const sqs = new QueueCalls(
        options.sqsEndpoint,
        accessKeyId === undefined ? undefined : String(accessKeyId),
      );
      return sqsEventsOf(definition).map((source) => {
        const allowed = Math.min(source.maximumConcurrency, options.maxConcurrency);
        const concurrency = key === 'longWorker' ? options.longConcurrency : allowed;
        return { definition, source, sqs, concurrency };
      });
    });
    this.#calls = sources.map(({ sqs }) => sqs);
    this.#mappings = sources.map((each) => this.#mapping(each));
  }

  start(): void {
    for (const mapping of this.#mappings) mapping.start();
  }

  async stop(waitMs: number): Promise<void> {
    await Promise.all(this.#mappings.map((mapping) => mapping.stop(waitMs)));
    this.#stopped = true;
    for (const calls of this.#calls) calls.destroy();
  }

  /** Call it when serverless-offline ends its threads: the invocations that run in them are never answered. */
  abortRunning(): void {
    for (const controller of this.#running.values()) abort(controller);
  }

  /** The same for a single event. @returns whether it is a batch of a queue */
  abortDeliveries(event: unknown): boolean {
    const batch = batchOfQueue.safeParse(event);
    if (!batch.success) return false;
    const controller = this.#running.get(batch.data.Records[0].receiptHandle);
    if (controller) abort(controller);
    return true;
  }

  #mapping({ definition, source, sqs, concurrency }: Source): EventSourceMapping {
    const queueArn = String(this.#options.resolve(source.arn));
    const queueUrl = queueUrlOf(this.#options.sqsEndpoint, queueArn.split(':').at(-1) ?? '');
    const isPartial = source.functionResponseType === 'ReportBatchItemFailures';
    return new EventSourceMapping({
      sqs,
      queueUrl,
      queueArn,
      batchSize: source.batchSize,
      concurrency,
      functionName: definition.name,
      invoke: async (event) => {
        const answer = await this.#invoke({ definition, sqs, queueUrl }, event);
        return isPartial ? answer : null; // without this setting, Lambda does not read the answer
      },
      onError: (error) => {
        if (!this.#stopped) console.error(error.message.split('\n', 1)[0]);
      },
    });
  }

  async #invoke({ definition, sqs, queueUrl }: Invoked, event: SQSEvent): Promise<unknown> {
    const { name, timeout = defaultTimeoutSeconds } = definition;
    const timedOut = AbortSignal.timeout((timeout + timeoutMarginSeconds) * 1000);
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, timedOut]);
    const key = event.Records[0]?.receiptHandle ?? '';
    this.#running.set(key, ended);
    try {
      return await invokeFunction({
        lambda: this.#options.lambda,
        functionName: name,
        event,
        signal,
      });
    } catch (error) {
      await makeVisibleSoon(event, { sqs, queueUrl });
      throw signal.aborted ? signal.reason : error;
    } finally {
      this.#running.delete(key);
    }
  }
}

async function makeVisibleSoon(
  { Records }: SQSEvent,
  { sqs, queueUrl }: Pick<Invoked, 'sqs' | 'queueUrl'>,
): Promise<void> {
  const messages = Records.map(({ receiptHandle }) => ({ ReceiptHandle: receiptHandle }));
  await sqs.makeVisible(queueUrl, messages, retryAfterSeconds);
}
