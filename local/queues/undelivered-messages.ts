import type { buildApp } from 'fauxqs';
import * as z from 'zod/mini';

type Sqs = Awaited<ReturnType<typeof buildApp>>;

/** What a receive asked for, and what it was given. */
const receive = z.object({
  QueueUrl: z.string(),
  Messages: z.array(z.object({ ReceiptHandle: z.string() })),
});

/**
 * Makes messages visible again whose receiver has gone before it got them: a killed worker, or one that stops while it
 * waits. fauxqs does not see that a caller has gone: it would keep them invisible for the queue's visibility timeout.
 */
export function returnUndelivered(sqs: Sqs): void {
  sqs.addHook('preSerialization', async (request, { raw }, answer) => {
    const given = receive.safeParse({ ...Object(request.body), ...Object(answer) });
    if (!given.success) return answer;
    const { QueueUrl, Messages } = given.data;
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({
      Id: String(position),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    const giveBack = async () => {
      if (raw.writableFinished) return;
      await sqs.inject({
        method: 'POST',
        url: '/',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.ChangeMessageVisibilityBatch',
        },
        payload: JSON.stringify({ QueueUrl, Entries }),
      });
    };
    if (raw.destroyed) await giveBack();
    else raw.once('close', giveBack);
    return answer;
  });
}
