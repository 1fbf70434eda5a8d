import { maxPreferredWaitSeconds } from '../../../shared/http/prefer.ts';

/** What the fields of the named schemas mean. A test checks that each of them exists. */
const submission = {
  payload: 'What the job works on, as its type has it.',
  group: 'Jobs of a group run one at a time, in the order in which they were submitted.',
  dependsOn: 'Jobs that must have succeeded before this one runs.',
  delaySeconds: 'The job runs no earlier than after so many seconds.',
  runAt: 'The job runs no earlier than at this time, which may be 365 days ahead.',
  startBefore: 'A job that has not started by this time fails.',
  tags: 'Words of your own to find the job by.',
  notify:
    'Who is told that the job has ended: webhooks, mail addresses, the event bus of the stage. Absent: those that the stage tells of every job.',
};

const job = {
  status:
    '`waiting`: for its time, for other jobs, for an attempt that is more than 15 minutes ahead, or asleep.',
  progress: 'As the job last reported it.',
  attempt: 'The number of the attempt that runs or ran last; 0 before the first one.',
  maxAttempts: 'How many attempts there are in all.',
  slices: 'How often the job was handed over from one invocation of a function to the next.',
  error: 'The error of the last attempt that failed.',
  group: 'As submitted. Absent if there is none.',
  dependsOn: 'As submitted. Absent if there is none.',
  runAt: 'When the job may run at the earliest, if the submission said so.',
  notBefore: 'While the job waits for another attempt, or sleeps: when it goes on, at the earliest.',
  startBefore: 'By when the job must have started, if the submission said so.',
  tags: 'As submitted. Absent if there are none.',
  startedAt: 'When its first attempt started.',
  finishedAt: 'When it ended.',
  statusUrl: 'Where programs find the job.',
};
const pageUrl = {
  pageUrl:
    'For people: whoever has this address may look at the job, without a credential. It is valid as long as the job is kept.',
};
const notification = {
  notification:
    'Who is told of its end, and how it is with that. `failed`: it was given up. Absent if nobody is told.',
};

const filter = {
  status: 'Jobs that are in this state.',
  type: 'Jobs of this type.',
  tags: 'Jobs that have all of these tags.',
  group: 'Jobs of this group.',
  since: 'Jobs that were created at this time or later.',
  until: 'Jobs that were created before this time.',
};

/** By the name of a schema, then by field. A name that ends in `*` is for all schemas that begin so. */
export const fieldTexts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Submit*': submission,
  Job: {
    ...job,
    ...pageUrl,
    ...notification,
    result: 'Null until the job has succeeded, and if there is only a `resultObject`.',
    resultObject:
      'Where a result is to be fetched that is large, or was streamed: by a client that follows a redirect to another host, without its credential. Absent where there is none.',
    history:
      'Start and end of every attempt. `crashed`: it started, and its end was never stored. `put-off`: it is to be made later, and does not count; only the last one is listed.',
  },
  JobInput: {
    tenant: 'Who the job belongs to.',
    run: 'One more with each retry.',
    fencingToken: 'The token of the last attempt.',
    payload: 'As submitted. Nothing is hidden.',
    checkpoint: 'The state that the job saved last. Absent if it has saved none, or a large one.',
    checkpointUrl: 'Where a large state is to be fetched, as JSON: for 5 minutes, without a credential.',
    output: 'How much of a streamed result belongs to that state.',
    objects:
      'By name: where each object that the payload names is to be fetched, for 5 minutes, without a credential.',
    error: 'The error of the last attempt that failed.',
  },
  AcceptedJob: { ...job, ...pageUrl, ...notification },
  ListedJob: job,
  Progress: { percent: 'From 0 to 100. It never goes back.', message: 'What the job says about it.' },
  JobList: {
    nextCursor: 'Present until the last page. A page may come short, even empty, and have one.',
  },
  Action: {
    action: 'What to do.',
    filter: 'With which jobs. All that is named must be so, and something must be.',
  },
  Schedule: {
    cron: 'Minute, hour, day of the month, month, day of the week: when it comes, by the clocks of its time zone.',
    tenant: 'Who its jobs belong to.',
    payload: 'What its jobs are submitted with. Secret fields are hidden.',
    paused: 'Its occurrences make no job.',
    nextRuns: 'The next five, or fewer if there are no more.',
    lastJobs: 'The newest first, five at most. `runAt` is absent if the job was started by hand.',
  },
  Queue: {
    name: 'What follows `job-worker-<stage>-` in the name that SQS knows.',
    visible: 'How many messages can be received now.',
    inFlight: 'How many were received and are not deleted, or are invisible until later.',
    delayed: 'How many cannot be received for the first time yet.',
    oldestSeconds:
      'How old the oldest message is, as CloudWatch had it within the last minutes. Absent if the queue has no messages, and where there is no CloudWatch.',
  },
  Problem: {
    type: 'The kind of problem: an address on this API that explains it.',
    title: 'The kind of problem, for people.',
    status: 'The HTTP status.',
    detail: 'What is wrong in this case.',
    instance: 'The path of the request.',
    errors:
      'Everything that is wrong with a request: a JSON pointer into the body, or the name of a parameter or header.',
  },
  Me: {
    tenant: 'Whose jobs it sees.',
    rights: 'What it may do.',
    key: 'The API key, if that is the credential: its id, and when it expires.',
  },
  JobType: {
    queue:
      '`standard` for jobs of seconds, `long` for jobs of any length, `server` for jobs that only worker servers run.',
    timeoutSeconds: 'How long one attempt, or one slice of a long job, may take.',
    maxAttempts: 'How many attempts a job has in all.',
    retry:
      'How long a job waits between two attempts: anything from 0 to a bound, which is `firstSeconds` after the first attempt and `factor` times as high after each, up to `maxSeconds`.',
    reserved: 'Set for a type whose jobs nobody submits: what to use instead.',
    payload: 'The JSON Schema of the payload. A reserved type has none.',
    result: 'The JSON Schema of the result. `x-secret` marks what people are not shown.',
  },
};

/** By the name of a query parameter. */
export const queryTexts: Readonly<Record<string, string>> = {
  ...filter,
  tag: 'Jobs that have this tag; several times: that have all of them.',
  limit: 'How many jobs a page has at most.',
  cursor: 'The `nextCursor` of the page before, with the same filter.',
  wait: 'Leads to `/jobs/{id}/wait` with so many seconds.',
  seconds: 'How long to wait at most.',
};

/** By the name of a request's header. */
export const headerTexts: Readonly<Record<string, string>> = {
  'Idempotency-Key':
    'A string in double quotes, or a bare token, of 1 to 255 characters. With the same key the same request is one job, however often it is sent.',
  'If-None-Match': 'The `ETag` of an earlier answer. If it is still the same, the answer is 304.',
  Prefer: `\`wait=<seconds>\`: answer when the job has ended, or after so many seconds, ${maxPreferredWaitSeconds} at most.`,
  traceparent: 'W3C Trace Context. One that is not valid is ignored.',
};

export const filterTexts = filter;
