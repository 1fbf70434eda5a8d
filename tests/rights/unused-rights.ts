/** Rights that no test uses, neither of one function nor of another that has them by the same capability. */
export interface UnusedRight {
  readonly actions: readonly string[];
  /** Found in the resource as the template names it. */
  readonly resource: RegExp;
  readonly why: string;
}

const asItself = 'the contract tests make this call as the machine itself, and no job of a test gets there';

export const unusedRights: readonly UnusedRight[] = [
  {
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'secretsmanager:GetSecretValue'],
    resource: /:(table\/|secret:)/,
    why: 'sixty types of a test that packages them use a table and a secret each, and none of them runs',
  },
  {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resource: /:log-group:/,
    why: "Lambda itself writes a function's log",
  },
  {
    actions: ['sqs:GetQueueAttributes'],
    resource: /Queue$/,
    why: 'Lambda asks for the attributes of a queue that it polls, and the event source mapping of this machine does not',
  },
  {
    actions: ['sqs:DeleteMessage', 'sqs:SendMessage'],
    resource: /DeadLetterQueue$/,
    why: 'a message is dead after 14 days or 1,000 deliveries: tests hand dead letters to the function without a queue',
  },
  {
    actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:DeleteObject'],
    resource: /\/results\//,
    why: asItself,
  },
  {
    actions: ['dynamodb:DeleteItem'],
    resource: /^JobTable$/,
    why: `an item of places goes when its last place is free for a while; ${asItself}`,
  },
  {
    actions: ['dynamodb:Query'],
    resource: /\/index\/group$/,
    why: `the unfinished jobs of a group are counted again when a group is full; ${asItself}`,
  },
  {
    actions: ['iam:PassRole'],
    resource: /^NotifyScheduleRole$/,
    why: 'a notification waits for longer than SQS can delay a message: tests have no such target',
  },
  {
    actions: ['ses:SendEmail'],
    resource: /:configuration-set\//,
    why: 'SES asks for the configuration set beside the identity, and the emulator for the identity alone',
  },
  {
    actions: ['sns:ListSubscriptionsByTopic'],
    resource: /^AlarmTopic$/,
    why: asItself,
  },
];
