import { hash } from 'node:crypto';
import { type ClientSettings, Command, ServiceClient } from './service-client.ts';
import type { Members } from './service-error.ts';

/** Takes the place of `@aws-sdk/client-sqs` in the bundles of functions: infra/packaging/lean-clients.cjs. */

export class SQSClient extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        name: 'sqs',
        variable: 'SQS',
        target: 'AmazonSQS',
        // SQS says by which code its errors went before it spoke JSON.
        headers: { 'x-amzn-query-mode': 'true' },
        maxAttempts: 3,
        baseDelay: 50,
        errorCode: ({ __type, code, Code }, headers) => {
          const isOfSqs = typeof __type === 'string' && __type.startsWith('com.amazonaws.sqs#');
          const earlier = String(headers['x-amzn-query-error'] ?? '').split(';')[0];
          return (isOfSqs ? __type : earlier || code || Code) ?? headers['x-amzn-errortype'] ?? __type;
        },
      },
      settings,
    );
  }
}

/** A queue is where its address says. */
abstract class QueueCommand extends Command {
  override endpoint(): string | undefined {
    const { QueueUrl } = this.input;
    return typeof QueueUrl === 'string' && URL.canParse(QueueUrl) ? new URL(QueueUrl).origin : undefined;
  }
}

/** SQS says what it has understood of a body. */
const isRead = (body: unknown, { MD5OfMessageBody }: Members): boolean =>
  MD5OfMessageBody === hash('md5', String(body ?? ''));

export class ChangeMessageVisibilityCommand extends QueueCommand {
  readonly operation = 'ChangeMessageVisibility';
}
export class DeleteMessageBatchCommand extends QueueCommand {
  readonly operation = 'DeleteMessageBatch';
}
export class GetQueueAttributesCommand extends QueueCommand {
  readonly operation = 'GetQueueAttributes';
}

export class SendMessageCommand extends QueueCommand {
  readonly operation = 'SendMessage';
  override check(output: Members): void {
    if (!isRead(this.input.MessageBody, output)) throw new Error('InvalidChecksumError');
  }
}

export class SendMessageBatchCommand extends QueueCommand {
  readonly operation = 'SendMessageBatch';
  override check({ Successful = [] }: Members): void {
    const bodies = new Map(membersIn(this.input.Entries).map(({ Id, MessageBody }) => [Id, MessageBody]));
    const wrong = membersIn(Successful).filter((sent) => !isRead(bodies.get(sent.Id), sent));
    if (wrong.length > 0)
      throw new Error(
        `Invalid MD5 checksum on messages: ${wrong.map(({ MessageId }) => MessageId).join(', ')}`,
      );
  }
}

const membersIn = (list: unknown): readonly Members[] => (Array.isArray(list) ? list : []);
