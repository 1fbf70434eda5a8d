import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Message } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { QueueCalls } from '../queues/queue-calls.ts';
import { toSqsEvent } from './sqs-event.ts';

export interface EventSourceMappingOptions {
  readonly sqs: QueueCalls;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** The maximum number of messages in an invocation. */
  readonly batchSize: number;
  /** The maximum number of invocations at a time. */
  readonly concurrency: number;
  readonly functionName: string;
  /** Runs the function. @returns its answer, parsed; @throws if the invocation fails */
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  /** Called for every failed call and every failed batch. The mapping continues. */
  readonly onError: (error: Error) => void;
}

/** The longest of SQS: an idle system costs little. */
const waitSeconds = 20;
const maxPerReceive = 10;
const pauseAfterErrorMs = 1_000;
/** An answer that is on its way when a stop begins arrives within this time. */
const lastAnswerMs = 50;

interface Polling {
  readonly stopping: AbortSignal;
  /** Is aborted a little later. */
  readonly receiving: AbortSignal;
  readonly running: Set<Promise<void>>;
}

/**
 * Lambda's event source mapping for SQS, with `ReportBatchItemFailures`: it deletes the messages that the function does
 * not report as failed. If the invocation fails, it deletes none. A message that is not deleted stays invisible for the
 * rest of its visibility timeout.
 */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions;
  #stopping = new AbortController();
  #receiving = new AbortController();
  #polling: Promise<void> = Promise.resolve();

  constructor(options: EventSourceMappingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#receiving = new AbortController();
    this.#polling = this.#poll(this.#stopping.signal, this.#receiving.signal);
  }

  /**
   * Stops receiving, and waits for running invocations, for at most `waitMs`. A receive is aborted: the emulator gives
   * its messages to the next receiver.
   */
  async stop(waitMs = 10_000): Promise<void> {
    this.#stopping.abort();
    void abortSoon(this.#receiving);
    const waited = new AbortController();
    const timeout = setTimeout(waitMs, undefined, { signal: waited.signal }).catch(() => undefined);
    await Promise.race([this.#polling, timeout]);
    waited.abort();
  }

  /** One receive at a time, however many invocations run: an idle system costs little. */
  async #poll(stopping: AbortSignal, receiving: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!stopping.aborted) {
      if (running.size >= this.#options.concurrency) await Promise.race(running);
      else await this.#receiveAndProcess({ stopping, receiving, running });
    }
    await Promise.all(running);
  }

  async #receiveAndProcess({ stopping, receiving, running }: Polling): Promise<void> {
    try {
      const messages = await this.#receive(receiving);
      if (messages.length === 0) return;
      if (stopping.aborted) return await this.#options.sqs.makeVisible(this.#options.queueUrl, messages, 0);
      const processing = this.#process(messages)
        .catch((thrown) => this.#reportFailedCall(thrown))
        .finally(() => running.delete(processing));
      running.add(processing);
    } catch (thrown) {
      if (receiving.aborted) return;
      this.#reportFailedCall(thrown);
      await setTimeout(pauseAfterErrorMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  async #receive(abortSignal: AbortSignal): Promise<readonly Message[]> {
    const { sqs, queueUrl, batchSize } = this.#options;
    const maxMessages = Math.min(batchSize, maxPerReceive);
    return sqs.receive({ queueUrl, maxMessages, waitSeconds }, abortSignal);
  }

  async #process(messages: readonly Message[]): Promise<void> {
    const ids = new Set(messages.map(({ MessageId = '' }) => MessageId));
    let failed: ReadonlySet<string>;
    try {
      const answer = await this.#options.invoke(toSqsEvent(messages, this.#options.queueArn));
      failed = failedMessageIds(answer, ids);
    } catch (thrown) {
      this.#report('the invocation failed', thrown);
      return;
    }
    await this.#delete(messages.filter(({ MessageId = '' }) => !failed.has(MessageId)));
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const { sqs, queueUrl } = this.#options;
    const failed = await sqs.delete(queueUrl, messages);
    for (const { Id, Message } of failed) this.#report(`message ${Id} was not deleted`, Message);
  }

  #reportFailedCall(thrown: unknown): void {
    this.#report('a call of the queue failed', thrown);
  }

  #report(what: string, thrown: unknown): void {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    this.#options.onError(new Error(`${this.#options.functionName}: ${what}: ${why}`, { cause: thrown }));
  }
}

async function abortSoon(receiving: AbortController): Promise<void> {
  await setTimeout(lastAnswerMs);
  await setImmediate(); // on a busy machine it may be there, and not yet read
  receiving.abort();
}

/** To Lambda, no answer, an empty answer and an empty list all mean that every message was processed. */
const batchResponse = z.nullish(
  z.object({
    batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string().check(z.minLength(1)) }))),
  }),
);

/** The function returned something that is not a partial batch response. Lambda then fails the whole batch. */
class BatchResponseError extends Error {
  override readonly name = 'BatchResponseError';
}

/**
 * Reads which messages a function reports as not processed.
 * @throws BatchResponseError if the answer cannot be read, or names a message that is not in the batch
 */
function failedMessageIds(answer: unknown, batch: ReadonlySet<string>): ReadonlySet<string> {
  const parsed = batchResponse.safeParse(answer);
  if (!parsed.success)
    throw new BatchResponseError(`not a partial batch response: ${z.prettifyError(parsed.error)}`);
  const ids = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const unknown = [...ids].filter((id) => !batch.has(id));
  if (unknown.length > 0) throw new BatchResponseError(`not in the batch: ${unknown.join(', ')}`);
  return ids;
}
