/** A rule that is not followed, and why. */
export interface NagException {
  readonly rule: string;
  /** Matches the logical ids of the resources. */
  readonly resources: RegExp;
  readonly reason: string;
}

export const exceptions: readonly NagException[] = [
  {
    rule: 'AwsSolutions-S1',
    resources: /^ServerlessDeploymentBucket$/,
    reason: 'Only `sls deploy` uses the bucket. It has the code, and CloudTrail records who deploys.',
  },
  {
    rule: 'AwsSolutions-S1',
    resources: /^Bucket$/,
    reason:
      "Access logs would need a bucket of their own, which keeps and costs more than it tells. Only the stage's functions have rights to it. The access log of the API and the jobs' histories say who uploaded what.",
  },
  {
    rule: 'AwsSolutions-IAM5',
    resources:
      /^(Submit|Status|Wait|Api|Pages|Worker|LongWorker|Bulk|Admission|Overdue|DeadLetter|Notify|Check)IamRoleLambdaExecution$/,
    reason:
      'A function writes the streams of its own log group. Lambda names the streams, so they are a wildcard. Objects are named by their jobs, so rights to them end in `uploads/*` or `results/*`, and so are schedules, which are those of one group. Mail is sent with any identity, but from one address. For `*` see the next one. privileges.suite.ts checks that there is no other one.',
  },
  {
    rule: 'Serverless-LambdaStarPermissions',
    resources: /^(Api|Pages|Check)IamRoleLambdaExecution$/,
    reason:
      'They read metrics of CloudWatch: the call knows no resources. privileges.suite.ts checks that they may do nothing else to all of them.',
  },
  {
    rule: 'AwsSolutions-SQS3',
    resources: /^QuarantineQueue$/,
    reason:
      'It is the end of the line: no function receives from it, so no receive can fail. An alarm calls a person.',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    resources: /^(DeadLetterQueue|OrderedDeadLetterQueue|QuarantineQueue|NotifyDeadLetterQueue)$/,
    reason:
      'A dead-letter queue of a dead-letter queue would only move the message on. `deadLetter` empties the first two, a person the others.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    resources: /^HttpApiRoute/,
    reason:
      'With apiKey, the function checks the credential by shared/http/routes.ts: an authorizer would be a further invocation for each call. access.suite.ts shows the authorizers of the other modes.',
  },
  {
    rule: 'Serverless-EventBusDLQ',
    resources: /^(OverdueEventsRuleSchedule1|CheckRule)$/,
    reason: 'Five minutes later the function is called again, and looks at the same.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    resources: /LambdaFunction$/,
    reason: 'Nothing invokes a function asynchronously, and Lambda uses this queue for nothing else.',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    resources: /EventSourceMappingSQS/,
    reason:
      'Lambda has no such destination for SQS. A message that fails stays in its queue, and at last goes to the dead-letter queue.',
  },
  {
    rule: 'Serverless-LambdaTracing',
    resources: /LambdaFunction$/,
    reason:
      "X-Ray costs by the request and sees one invocation. A job's history and its log lines, found by its id, tell its way through several.",
  },
];

/** Those of what only a stage with a canary has. */
export const canaryExceptions: readonly NagException[] = [
  {
    rule: 'AwsSolutions-IAM5',
    resources: /^CanaryRole$/,
    reason:
      'CodeDeploy moves the alias of each function of the stage, whose names begin with that of the stack, and asks for the state of alarms, whose names CloudFormation makes.',
  },
];
