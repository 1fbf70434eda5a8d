const send = ['sqs:SendMessage'];
const receive = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];
const receiveAndSend = [...receive, ...send];
const readAndWrite = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

const sendToAny = {
  StandardQueue: send,
  LongQueue: send,
  ServerQueue: send,
  OrderedQueue: send,
  WaitingQueue: send,
};
/** To wake the jobs that wait for another job, to tell that one has ended, and to quarantine messages. */
const wakeAndQuarantine = {
  WaitingQueue: send,
  QuarantineQueue: send,
  NotifyQueue: send,
  JobTable: readAndWrite,
};
/** To list jobs: the keys from an index, the items from the table. */
const list = {
  JobTable: ['dynamodb:BatchGetItem', ...readAndWrite],
  '${JobTable.Arn}/index/list': ['dynamodb:Query'],
  '${JobTable.Arn}/index/failed': ['dynamodb:Query'],
};

/** To count the unfinished jobs of a group. */
const countGroups = { '${JobTable.Arn}/index/group': ['dynamodb:Query'] };

/** Functions that everybody can call read the access table, and cannot write it. */
const checkAccess = { AccessTable: ['dynamodb:GetItem'] };
/** Others read the list of the suspended tenants, and no other entry. */
const readSuspended = { 'entries of AccessTable like suspended': ['dynamodb:GetItem'] };
/** How many messages are in a queue. */
const count = ['sqs:GetQueueAttributes'];
/** What the functions may do to queues that also act on jobs. */
const queuesForPeople = {
  StandardQueue: [...count, ...send],
  LongQueue: [...count, ...send],
  ServerQueue: [...count, ...send],
  BulkQueue: [...count, ...send],
  // A cancel makes the message of the job visible, so that its group continues.
  OrderedQueue: ['sqs:ChangeMessageVisibility', ...count, ...send],
  WaitingQueue: [...count, ...send],
  DeadLetterQueue: count,
  OrderedDeadLetterQueue: count,
  QuarantineQueue: count,
  NotifyQueue: [...count, ...send],
  NotifySlowQueue: count,
  NotifyDeadLetterQueue: count,
  // CloudWatch has no resources for them.
  '*': ['cloudwatch:GetMetricData', 'logs:GetQueryResults'],
};
/** The lines of everything that runs jobs. */
const readLogs = Object.fromEntries(
  ['worker', 'longWorker'].map((name) => [
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/\${AWS::StackName}-${name}:*`,
    ['logs:StartQuery'],
  ]),
);
/** Of all queues, and of what CloudWatch has. */
const countAll = Object.fromEntries(
  [...Object.keys(queuesForPeople)].map((id) => [id, id === '*' ? ['cloudwatch:GetMetricData'] : count]),
);
/** Of a job they change nothing. How many requests a tenant has made, they count. */
const readOnly = {
  ...checkAccess,
  JobTable: ['dynamodb:GetItem'],
  'entries of JobTable like rate/requestsPerSecond/*': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
};

/** A URL that a function signs allows what the function may do. */
const signUploads = { '${Bucket.Arn}/uploads/*': ['s3:PutObject'] };
/** Names of objects, for who reads them: S3 tells nobody else that an object is missing. `rightsIn` writes the condition so. */
const namesLike = (prefix: string): string => `names like ${prefix}/*`;
const mayList = (...prefixes: readonly string[]) =>
  Object.fromEntries(prefixes.map((prefix) => [namesLike(prefix), ['s3:ListBucket']]));
/** For who shows the stack of an error. */
const readMaps = { '${Bucket.Arn}/maps/*': ['s3:GetObject'] };
/** Large messages. Who writes one deletes the one before. */
const keepMessages = {
  '${Bucket.Arn}/messages/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
  ...mayList('messages'),
};
const writeResults = [
  's3:AbortMultipartUpload',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];
const objectsOfWorkers = {
  '${Bucket.Arn}/uploads/*': ['s3:GetObject'],
  ...keepMessages,
  '${Bucket.Arn}/states/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
  '${Bucket.Arn}/results/*': writeResults,
  ...mayList('uploads', 'states', 'results'),
};

/** What is known of tenants, and nothing else of the access table. `rightsIn` writes the condition so. */
const readTenants = { 'entries of AccessTable like tenant/*': ['dynamodb:GetItem'] };
/** The secret of the links that their jobs make, and no other entry. */
const readLinksSecret = { 'entries of AccessTable like links': ['dynamodb:GetItem'] };
/** What webhooks are signed with, for who talks to addresses of tenants: neither a key of a caller nor the root secret. */
const readWebhookKey = {
  'entries of AccessTable like webhook-key': ['dynamodb:GetItem'],
  'entries of AccessTable like webhook/*': ['dynamodb:GetItem'],
};
/** A job may submit one of a group, unless its tenant is suspended, and have mail sent to where its tenant may. */
const submitFromJobs = { OrderedQueue: send, ...readSuspended, ...readTenants };
/** To see and to take the places of attempts, to find who waits for one, and to delete nothing else. */
const takePlaces = {
  JobTable: ['dynamodb:BatchGetItem', ...readAndWrite],
  '${JobTable.Arn}/index/due': ['dynamodb:Query'],
  'entries of JobTable like place*': ['dynamodb:DeleteItem'],
};
/** Of a stage with an address of its own, from that address alone: mail.suite.ts. SES has no resources for the look-up. */
export const sendMail = {
  'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*': ['ses:SendEmail'],
  'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/*': ['ses:SendEmail'],
  '*': ['ses:GetSuppressedDestination'],
};

/** What EventBridge Scheduler itself may do, by its roles. Who passes one may do the same: `notify` sends to no other queue. */
export const schedulers = {
  ScheduleRole: { WaitingQueue: send, DeadLetterQueue: send },
  NotifyScheduleRole: { NotifyQueue: send, NotifyDeadLetterQueue: send },
} as const;

/** Schedules of the stage's group, with a role that Scheduler assumes for them. */
const schedules = (role: keyof typeof schedulers, ...actions: readonly string[]) => ({
  'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${ScheduleGroup}/*': actions,
  [role]: ['iam:PassRole'],
});

/** The conditions of actions, wherever they are allowed. No other action has one. */
export const conditions: Readonly<Record<string, unknown>> = {
  'iam:PassRole': { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
};

/** All actions that each function may do, by resource. The rights on its own log are not listed. */
export const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // It counts the messages of groups before it lets more in.
  submit: {
    ...sendToAny,
    OrderedQueue: [...count, ...send],
    ...checkAccess,
    JobTable: readAndWrite,
    // To count the unfinished jobs of a tenant with that limit.
    '${JobTable.Arn}/index/failed': ['dynamodb:Query'],
    ...countGroups,
  },
  status: readOnly,
  wait: {
    ...readOnly,
    // Which waits a tenant has open.
    'entries of JobTable like waits/*': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
  },
  api: {
    ...queuesForPeople,
    ...readLogs,
    ...checkAccess,
    ...list,
    ...countGroups,
    // Who operates the stage looks over a sample of all jobs.
    JobTable: ['dynamodb:DescribeTable', 'dynamodb:Scan', ...list.JobTable].sort(),
    // What a job was given is shown to callers that may see it.
    '${Bucket.Arn}/uploads/*': ['s3:GetObject', 's3:PutObject'],
    // An erased job leaves no object.
    '${Bucket.Arn}/messages/*': ['s3:DeleteObject', 's3:GetObject'],
    '${Bucket.Arn}/results/*': ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject'],
    // A large answer to a job is put beside its states.
    '${Bucket.Arn}/states/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    ...readMaps,
    ...mayList('uploads', 'messages', 'results', 'states', 'maps'),
  },
  pages: {
    ...queuesForPeople,
    ...readLogs,
    ...checkAccess,
    ...list,
    ...countGroups,
    // To retry a job, and to wake those that wait for one that is canceled.
    '${Bucket.Arn}/messages/*': ['s3:GetObject'],
    ...signUploads,
    '${Bucket.Arn}/results/*': ['s3:GetObject'],
    // A large answer that somebody has written on the page of a job.
    '${Bucket.Arn}/states/*': ['s3:DeleteObject', 's3:PutObject'],
    ...readMaps,
    ...mayList('messages', 'results', 'maps'),
  },
  worker: {
    StandardQueue: receiveAndSend,
    LongQueue: send,
    ServerQueue: send,
    ...submitFromJobs,
    ...wakeAndQuarantine,
    ...takePlaces,
    ...objectsOfWorkers,
    ...readLinksSecret,
  },
  // What it receives it sends on if the type runs from another queue by now.
  longWorker: {
    ...submitFromJobs,
    LongQueue: receiveAndSend,
    OrderedQueue: receiveAndSend,
    // Its jobs have children of other types.
    StandardQueue: send,
    ServerQueue: send,
    ...wakeAndQuarantine,
    ...takePlaces,
    ...objectsOfWorkers,
    ...readLinksSecret,
  },
  // A bulk action retries jobs of every type.
  bulk: {
    ...sendToAny,
    ...wakeAndQuarantine,
    ...takePlaces,
    ...list,
    ...objectsOfWorkers,
    '${Bucket.Arn}/results/*': [...writeResults, 's3:DeleteObject'].sort(),
    BulkQueue: receiveAndSend,
    // A bulk cancel makes the message of the head of a group visible, so that its group continues.
    OrderedQueue: ['sqs:ChangeMessageVisibility', ...send],
    ...readSuspended,
  },
  admission: {
    ...readSuspended,
    ...wakeAndQuarantine,
    ...keepMessages,
    WaitingQueue: receiveAndSend,
    StandardQueue: send,
    LongQueue: send,
    ServerQueue: send,
    BulkQueue: send,
    // A lost message of a group, and that of a parent in a group whose children have ended.
    OrderedQueue: ['sqs:ChangeMessageVisibility', ...send],
    ...schedules('ScheduleRole', 'scheduler:CreateSchedule', 'scheduler:DeleteSchedule'),
  },
  check: {
    ...countAll,
    JobTable: ['dynamodb:GetItem'],
    // What a check keeps for the next one, and no job.
    'entries of JobTable like watch': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    AlarmTopic: ['sns:ListSubscriptionsByTopic', 'sns:Publish'],
  },
  overdue: {
    ...takePlaces,
    JobTable: [...takePlaces.JobTable, 'dynamodb:Scan'].sort(),
    // How far the look for stuck jobs is, and no job.
    'entries of JobTable like stuck-jobs': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    WaitingQueue: send,
    // Endpoints whose try was lost, and the message that tries them again.
    EndpointTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    '${EndpointTable.Arn}/index/tried': ['dynamodb:Query'],
    NotifySlowQueue: send,
    ...readSuspended,
  },
  deadLetter: {
    ...wakeAndQuarantine,
    ...keepMessages,
    DeadLetterQueue: receiveAndSend,
    OrderedDeadLetterQueue: receive,
  },
  notify: {
    ...readSuspended,
    ...readTenants,
    ...readWebhookKey,
    NotifyQueue: receiveAndSend,
    NotifySlowQueue: receiveAndSend,
    NotifyDeadLetterQueue: send,
    QuarantineQueue: send,
    JobTable: readAndWrite,
    EndpointTable: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    ...schedules('NotifyScheduleRole', 'scheduler:CreateSchedule'),
  },
};
