/**
 * What a job costs in calls and bytes, as tests measure it: with another engine they fail. Names in brackets are those tests.
 * AWS bills the rest: what Lambda itself does to receive and delete, and the time of its functions.
 */
export const measured = {
  /** [tests/contract/job-calls.test.ts] `POST /jobs`: `rounds` are calls that wait for each other. */
  submit: { sends: 1, writes: 1, writeUnits: 1, rounds: 2 },
  /** The same, of a job that succeeds at once, alone in its batch or one of ten. */
  success: { writes: 2, writeUnits: 2, rounds: 2 },
  /** The same, of an attempt that fails and is followed by another. */
  furtherAttempt: { writes: 2, writeUnits: 2, visibilityChanges: 1, rounds: 3 },
  /** The same, of `GET /jobs/{id}`, while the item has up to 4 KB. */
  status: { reads: 1, readUnits: 1, rounds: 1 },
  /** [the same] What the message has beside the payload, of a type and a tenant with short names. */
  envelopeBytes: 226,
  /** [tests/contract/job-index-writes.test.ts] The place in the list, of less than 1 KB. */
  indexWrites: 1,
  /** [tests/simulation/cost.test.ts] Of a long job: a write of the item and a call to the queue. */
  heartbeatSeconds: 20,
  /** [tests/unit/shared/domain/observe/told.test.ts] Bytes of log: of a line, and of what the line of metrics has for a job. */
  log: {
    access: 168,
    submit: { line: 284, metrics: 204 },
    worker: { start: 371, end: 458, metricsAlone: 387, metricsOfTen: 45 },
  },
  /** [tests/infra/cost.suite.ts] A stage while nothing happens, in 30 days: us-east-1, in dollars. */
  idleMonth: 3.01,
  /** [tests/infra/cost.suite.ts] Of the functions, in MB. */
  memory: { submit: 512, status: 512, worker: 1024, longWorker: 2048 },
  /** [tests/contract/job-calls.test.ts] An SQS worker by Powertools: its record is begun and completed. */
  stock: { writes: 2, writeUnits: 2, rounds: 2 },
} as const;
