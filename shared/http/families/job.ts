import * as z from 'zod/mini';
import { jobError, jobProgress } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { time as timeWithOffset } from '../requests/submit-request.ts';
import * as responses from '../responses/job-response.ts';
import { type Answer, exampleOf, type NamedSchema } from '../wire/route.ts';

/** What several families say of a job. */

const id = '5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11';
const base = 'https://api.example.com';
const submittedAt = '2026-11-25T16:32:33.526Z';
const grant = '20827.mifj9a5y.Zk3qN0pYv7t1Xw5rJ2mLh8cBf6sDa4gEoUiTnRyKxQw';

const listed = {
  id,
  type: exampleOf('one', 'type'),
  status: 'queued',
  progress: null,
  attempt: 0,
  maxAttempts: 5,
  slices: 0,
  error: null,
  createdAt: submittedAt,
  startedAt: null,
  updatedAt: submittedAt,
  finishedAt: null,
  statusUrl: `${base}/jobs/${id}`,
};
const withPage = { ...listed, pageUrl: `${base}/ui/jobs/${id}?grant=${grant}` };

/** A job that has not started: in a list, of a batch, and alone. */
export const examples = { listed, accepted: withPage, queued: { ...withPage, result: null, history: [] } };

const one = { type: exampleOf('one', 'type'), payload: exampleOf('one', 'payload') };

export const submissions = {
  one,
  other: { type: exampleOf('other', 'type'), payload: exampleOf('other', 'payload') },
  ordered: { ...one, group: 'customer-4711', tags: ['nightly'] },
  later: { ...one, delaySeconds: 3600 },
};

const fields = {
  status:
    '`waiting`: for its time, for other jobs, for an attempt that is more than 15 minutes ahead, or asleep.',
  progress:
    'As the job last reported it. Of one job alone that waits for its children: how many of them have ended, if that is more.',
  attempt: 'The number of the attempt that runs or ran last; 0 before the first one.',
  maxAttempts: 'How many attempts there are in all.',
  slices: 'How often the job was handed over from one invocation of a function to the next.',
  error: 'The error of the last attempt that failed.',
  group: 'As submitted. Absent if there is none.',
  dependsOn: 'As submitted. Absent if there is none.',
  parent: 'The job that has spawned it, and its index in the batch. Absent unless it is a child.',
  childrenUrl: 'Where programs find how far its children are, batch by batch. Absent if it has none.',
  runAt: 'When the job may run at the earliest, if the submission said so.',
  waitReason:
    'What the job waits for, in words: its time (`not before` which), jobs that it depends on, its children, answers (`nobody has sent` which), its turn or a place of a limit of its type, the end of a pause (`paused` and by what), `no handler for this type`, or `more submissions` (how many came to a debounced job, and by when it starts); and that its group waits with it. Absent if a worker may take it.',
  notBefore: 'While the job waits for another attempt, or sleeps: when it goes on, at the earliest.',
  waitsFor:
    'The answers that the job waits for: the name of the signal, the key to send the answer under, until when, and the question in the words of the job, if it has said one. Absent if it waits for none.',
  startBefore: 'By when the job must have started, if the submission said so.',
  tags: 'As submitted. Absent if there are none.',
  cost: 'About what it has cost so far, in US dollars of us-east-1: the time of its slices that have ended x the memory of their function or server, in all runs. Absent before the first has ended.',
  startedAt: 'When its first attempt started.',
  finishedAt: 'When it ended.',
  statusUrl: 'Where programs find the job.',
};

const fieldsAtOnce = {
  ...fields,
  pageUrl:
    'For people: everybody who has this address may look at the job, without a credential. It is valid as long as the job is kept.',
  notification:
    'Who is told of its end, and how it is with that. `failed`: it was given up. Absent if nobody is told.',
};

const parts: readonly NamedSchema[] = [
  { id: 'JobId', schema: jobId, text: 'The id of a job: a UUID in lower case.' },
  { id: 'Time', schema: responses.time, text: 'UTC, with milliseconds.' },
  { id: 'TimeWithOffset', schema: timeWithOffset, text: 'A time with its offset from UTC.' },
  {
    id: 'Progress',
    schema: jobProgress,
    fields: {
      percent: 'From 0 to 100. It never goes back, and is 100 once the job has succeeded.',
      message: 'What the job says about it: up to 200 characters, of which … is the last if it was longer.',
    },
  },
  { id: 'JobError', schema: jobError, text: 'Why an attempt failed.' },
  {
    id: 'HistoryEntry',
    schema: responses.historyEntry,
    text: 'Start or end of an attempt, or what somebody has done to the job.',
    fields: {
      event:
        '`crashed`: it started, and its end was never stored. `put-off`: it is to be made later, and does not count; several in a row that say the same are one entry. `signaled`: somebody has sent an answer to the job.',
      times:
        'How many put-offs the entry stands for, and `lastAt` when the last one was, whose `error` it has. Absent of one alone.',
      by: 'Who has canceled or retried the job last, or has sent the answer.',
      signal:
        'To which signal an answer was sent. Entries of answers alone have this, `key`, `question` and `answer`.',
      question: 'What the job asked.',
      answer: 'What people read of the answer, in one line, without secret fields.',
    },
  },
];

/** Of a list. */
export const newerText =
  'What only a newer version can read, as after a rollback: its id and its version. It may pass the filter or not. Absent where there is none.';

export const job: NamedSchema = {
  id: 'Job',
  schema: ({ result }) => z.safeExtend(responses.jobResponse, { result: z.optional(z.nullable(result)) }),
  text: 'A job as it is now. Times that are not reached yet are null.',
  fields: {
    ...fieldsAtOnce,
    result: 'Null until the job has succeeded, and if there is only a `resultObject`.',
    resultObject:
      'Where a result is to be fetched that is large, or was streamed: by a client that follows a redirect to another host, without its credential. Absent where there is none.',
  },
  parts,
};

export const acceptedJob: NamedSchema = {
  id: 'AcceptedJob',
  schema: responses.acceptedJob,
  text: 'A job of a batch: without result and history.',
  fields: fieldsAtOnce,
  parts,
};

export const listedJob: NamedSchema = {
  id: 'ListedJob',
  schema: responses.listedJob,
  text: 'A job in a list: without its result, its history and the link for people.',
  fields,
  parts,
};

export const accepted = {
  description: 'The job is accepted. `Location` is where to ask for it, after the seconds of `Retry-After`.',
  headers: ['Location', 'Operation-Location', 'Retry-After', 'Idempotent-Replayed?'],
  schema: job,
  examples: { queued: examples.queued },
} as const satisfies Answer;
