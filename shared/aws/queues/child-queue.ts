import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError, SendingStoppedError } from '../../domain/base/errors.ts';
import { type JobMessage, writeMessage } from '../../domain/state/job/message.ts';
import { groupChildQueue } from '../../domain/state/tenant-queues.ts';
import { metadataOf, ServiceError } from '../lean/index.ts';
import type { sendToLong, sendToOrdered, sendToServer, sendToStandard } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { acceptable, called, fairGroup, fifoIds, orderedQueueUrls } from './job-queue.ts';

/** Of SQS, for one call. */
const [maxEntries, maxBytes] = [10, 1024 * 1024];
/** So many calls are made at a time. */
const atATime = 5;

interface Entry extends ReturnType<typeof fairGroup> {
  readonly MessageBody: string;
  readonly MessageDeduplicationId?: string;
}

/** An SQS queue, standard or FIFO, behind the `ChildQueue` port. */
export function sqsChildQueue(client: SQSClient, { queueUrl }: { readonly queueUrl: string }) {
  const isOrdered = queueUrl.endsWith('.fifo');
  const entryOf = (message: JobMessage): Entry => ({
    MessageBody: acceptable(writeMessage(message)),
    ...(isOrdered ? fifoIds(message) : fairGroup(message)),
  });
  const callsAtATime = isOrdered ? 1 : atATime;
  const send = async (entries: readonly Entry[]): Promise<void> => {
    const Entries = entries.map((entry, index) => ({ Id: String(index), ...entry }));
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
    const sending = client.send(command);
    await called('sent with others', sending);
    const { Failed: [failed] = [] } = await sending;
    if (!failed) return;
    // As SQS would have answered to this message alone.
    const { Code = '', SenderFault } = failed;
    const cause = new ServiceError(Code, {}, metadataOf(SenderFault ? 400 : 500, {}));
    throw new QueueUnavailableError(`SQS took some of the messages only: ${Code}`, { cause });
  };
  return {
    /**
     * Sends messages, in as few calls as SQS allows. To a FIFO queue, one call comes after the other, and none has two
     * messages of a group: SQS may refuse one and take the next.
     * @param mayGoOn asked before each call
     * @throws QueueUnavailableError, SendingStoppedError; then some may be sent
     */
    sendAll: async (messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void> => {
      const calls = inCalls(messages.map(entryOf), isOrdered);
      for (let next = 0; next < calls.length; next += callsAtATime) {
        const some = calls.slice(next, next + callsAtATime);
        const sending = some.flatMap((entries) => (mayGoOn() ? [send(entries)] : []));
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
  urls: Granted<typeof sendToStandard> &
    Granted<typeof sendToLong> &
    Granted<typeof sendToServer> &
    Granted<typeof sendToOrdered>,
) => ({
  standard: sqsChildQueue(client, { queueUrl: urls.STANDARD_QUEUE_URL }),
  long: sqsChildQueue(client, { queueUrl: urls.LONG_QUEUE_URL }),
  server: sqsChildQueue(client, { queueUrl: urls.SERVER_QUEUE_URL }),
  ordered: groupChildQueue(orderedQueueUrls(urls).map((queueUrl) => sqsChildQueue(client, { queueUrl }))),
});

/** In their order, as many a call as fit. One message always fits. @param apart no call has two of a group */
function inCalls(entries: readonly Entry[], apart: boolean): readonly (readonly Entry[])[] {
  const calls: Entry[][] = [];
  let [call, bytes]: [Entry[], number] = [[], 0];
  for (const entry of entries) {
    const more = Buffer.byteLength(entry.MessageBody);
    const { MessageGroupId: group } = entry;
    const isOfSameGroup = apart && call.some(({ MessageGroupId }) => MessageGroupId === group);
    if (call.length === 0 || call.length >= maxEntries || bytes + more > maxBytes || isOfSameGroup) {
      [call, bytes] = [[], 0];
      calls.push(call);
    }
    call.push(entry);
    bytes += more;
  }
  return calls;
}
