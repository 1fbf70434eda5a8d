import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { countCpu } from './count-cpu.ts';
import { queueUrl, sendAll, sqs } from './our-worker.ts';

/** The loop that one writes by hand: receive, do, delete. It promises nothing: no status, no result, twice if SQS delivers twice. */
await countCpu({
  async fill(jobs) {
    for (let from = 0; from < jobs; from += 10)
      await sendAll(
        sqs,
        Array.from({ length: 10 }, (_, index) => JSON.stringify({ number: from + index })),
      );
  },
  async work(jobs) {
    for (let done = 0; done < jobs; ) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body = '' } of Messages) JSON.parse(Body);
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      done += Messages.length;
    }
  },
});
