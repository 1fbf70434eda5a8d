import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { signedHeadersOf } from '../doors/sign-request.ts';
import { credentials, region } from '../local-aws.ts';

interface Receive {
  readonly queueUrl: string;
  readonly maxMessages: number;
  readonly waitSeconds: number;
}

const received = z.object({ Messages: z.optional(z.array(z.custom<Message>())) });
const batchAnswer = z.object({
  Failed: z.optional(z.array(z.object({ Id: z.string(), Message: z.optional(z.string()) }))),
});
const refusal = z.object({ message: z.string() });

/** An emulator closes a connection that nobody has used for so long, and more. */
const idleMs = 30_000;

/**
 * The calls that Lambda makes of a queue, for the emulator. With the client of the SDK they were a sixth of the work of
 * the process that has gateway and emulators.
 */
export class QueueCalls {
  readonly #endpoint: string;
  readonly #accessKeyId: string;
  readonly #agent = new Agent({ keepAlive: true, timeout: idleMs });

  /** @param accessKeyId of the function: Lambda polls its queues by its role */
  constructor(endpoint: string, accessKeyId = credentials.accessKeyId) {
    this.#endpoint = endpoint;
    this.#accessKeyId = accessKeyId;
  }

  async receive(
    { queueUrl, maxMessages, waitSeconds }: Receive,
    signal: AbortSignal,
  ): Promise<readonly Message[]> {
    const input = {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: maxMessages,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const { Messages = [] } = received.parse(await this.#call('ReceiveMessage', input, signal));
    return Messages.map(withBytes);
  }

  /** @returns those that were not deleted, by their position */
  async delete(queueUrl: string, messages: readonly Message[]) {
    const Entries = entriesOf(messages);
    const answer = await this.#call('DeleteMessageBatch', { QueueUrl: queueUrl, Entries });
    return batchAnswer.parse(answer).Failed ?? [];
  }

  async makeVisible(queueUrl: string, messages: readonly Message[], afterSeconds: number): Promise<void> {
    const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: afterSeconds }));
    await this.#call('ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries });
  }

  destroy(): void {
    this.#agent.destroy();
  }

  async #call(operation: string, input: object, signal?: AbortSignal): Promise<unknown> {
    const body = JSON.stringify(input);
    const signed = signedHeadersOf(
      { method: 'POST', url: `${this.#endpoint}/`, service: 'sqs', body },
      { ...credentials, accessKeyId: this.#accessKeyId, region },
      Date.now(),
    );
    const headers = {
      ...signed,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `AmazonSQS.${operation}`,
    };
    const response = await this.#post({ body, headers, signal });
    const answer = await text(response);
    if (response.statusCode === 200) return JSON.parse(answer || '{}');
    const { data } = refusal.safeParse(jsonIn(answer));
    throw new Error(data?.message ?? `${operation}: ${response.statusCode} ${answer}`);
  }

  #post(call: {
    readonly body: string;
    readonly headers: Readonly<Record<string, string | number>>;
    readonly signal: AbortSignal | undefined;
  }): Promise<IncomingMessage> {
    const { body, headers, signal } = call;
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#endpoint, {
        ...{ method: 'POST', headers, agent: this.#agent },
        ...(signal && { signal }),
      });
      outgoing.on('response', resolve).on('error', (error: NodeJS.ErrnoException) => {
        // The other side had closed a connection that was idle: it has read nothing of the call.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(this.#post(call));
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}

const entriesOf = (messages: readonly Message[]) =>
  messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));

/** Bytes come as base64. */
function withBytes(message: Message): Message {
  const { MessageAttributes } = message;
  if (MessageAttributes === undefined) return message;
  const read = Object.entries(MessageAttributes).map(([name, value]) => {
    const { BinaryValue } = value;
    if (BinaryValue === undefined) return [name, value] as const;
    return [name, { ...value, BinaryValue: Buffer.from(String(BinaryValue), 'base64') }] as const;
  });
  return { ...message, MessageAttributes: Object.fromEntries(read) };
}

function jsonIn(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
