import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError, SendingStoppedError } from '../domain/base/errors.ts';
import { type JobMessage, writeMessage } from '../domain/state/message.ts';
import type { sendToLong, sendToServer, sendToStandard } from './capabilities.ts';
import type { Granted } from './environment.ts';
import { acceptable, called } from './job-queue.ts';

/** Of SQS, for one call. */
const [maxEntries, maxBytes] = [10, 1024 * 1024];
/** So many calls are made at a time. */
const atATime = 5;

/** An SQS queue behind the `ChildQueue` port. */
export function sqsChildQueue(client: SQSClient, { queueUrl }: { readonly queueUrl: string }) {
  const send = async (bodies: readonly string[]): Promise<void> => {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
    const sending = client.send(command);
    await called('sent with others', sending);
    const { Failed: [failed] = [] } = await sending;
    if (failed) throw new QueueUnavailableError(`SQS took some of the messages only: ${failed.Code}`);
  };
  return {
    /**
     * Sends messages, in as few calls as SQS allows.
     * @param mayGoOn asked before each call
     * @throws QueueUnavailableError, SendingStoppedError; then some may be sent
     */
    sendAll: async (messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void> => {
      const calls = inCalls(messages.map((message) => acceptable(writeMessage(message))));
      for (let next = 0; next < calls.length; next += atATime) {
        const some = calls.slice(next, next + atATime);
        const sending = some.flatMap((bodies) => (mayGoOn() ? [send(bodies)] : []));
        await Promise.all(sending);
        if (sending.length < some.length)
          throw new SendingStoppedError('the attempt ended before all children were sent');
      }
    },
  };
}

/** The queues that children run from. A bulk action is nobody's child. */
export const sqsChildQueues = (
  client: SQSClient,
  urls: Granted<typeof sendToStandard> & Granted<typeof sendToLong> & Granted<typeof sendToServer>,
) => ({
  standard: sqsChildQueue(client, { queueUrl: urls.STANDARD_QUEUE_URL }),
  long: sqsChildQueue(client, { queueUrl: urls.LONG_QUEUE_URL }),
  server: sqsChildQueue(client, { queueUrl: urls.SERVER_QUEUE_URL }),
});

/** In their order, as many a call as fit. One body always fits. */
function inCalls(bodies: readonly string[]): readonly (readonly string[])[] {
  const calls: string[][] = [];
  let [call, bytes]: [string[], number] = [[], 0];
  for (const body of bodies) {
    const more = Buffer.byteLength(body);
    if (call.length === 0 || call.length >= maxEntries || bytes + more > maxBytes) {
      [call, bytes] = [[], 0];
      calls.push(call);
    }
    call.push(body);
    bytes += more;
  }
  return calls;
}
