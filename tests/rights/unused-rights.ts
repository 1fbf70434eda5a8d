/** A right that no call of a test uses, by whatever function. */
export interface UnusedRight {
  readonly actions: readonly string[];
  /** Found in the resource as the template names it. */
  readonly resource: RegExp;
  readonly why: string;
}

const asItself =
  'contract tests make the call with the key of this machine, and no function of a test makes it';

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
    actions: ['sqs:DeleteMessage', 'sqs:SendMessage'],
    resource: /DeadLetterQueue$/,
    why: 'tests hand a dead letter to the function themselves: no event source mapping deletes one, and none waits in its queue',
  },
  {
    actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:DeleteObject'],
    resource: /\/results\//,
    why: asItself,
  },
  {
    actions: ['dynamodb:DeleteItem'],
    resource: /^JobTable$/,
    why: `no job type of the tests limits how many of its jobs run; ${asItself}`,
  },
  {
    actions: ['dynamodb:Query'],
    resource: /\/index\/group$/,
    why: asItself,
  },
  {
    actions: ['iam:PassRole'],
    resource: /^NotifyScheduleRole$/,
    why: 'no notification of a test waits for longer than SQS can delay a message',
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
