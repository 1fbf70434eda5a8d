import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { toSqsEvent } from '../../local/sqs-event.ts';
import { queueUrl, sqs } from './our-worker.ts';

/** The part of Lambda that receives and deletes. Its CPU time is nobody's bill. */
for (let left = Number(process.argv[2]); left > 0; ) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  if (Messages.length === 0) continue;
  process.send?.(toSqsEvent(Messages, 'arn:aws:sqs:local:000000000000:standard'));
  await new Promise((resolve) => process.once('message', resolve));
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  left -= Messages.length;
}
process.exit(0);
