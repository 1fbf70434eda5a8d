/**
 * What a job costs in calls and bytes, as tests measure it: with another engine they fail. Names in brackets are those
 * tests. AWS bills the rest: what Lambda itself does to receive and delete, and the time of its functions.
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
  /**
   * [tests/unit/shared/domain/observe/told.test.ts] Bytes of log: of a line, and of what the line of metrics has for a
   * job.
   */
  log: {
    /**
     * What CloudWatch Logs adds to each:
     * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
     */
    lineBytes: 26,
    /** Of a submission, and of a look at a job. */
    access: 168,
    accessOfPoll: 209,
    submit: { line: 284, metrics: 204 },
    worker: { start: 371, end: 458, metricsAlone: 387, metricsOfTen: 45 },
  },
  /** [tests/infra/bill.test.ts] Bytes of an answer, without what API Gateway adds. */
  answers: { submit: 890, status: 1_047 },
  /**
   * [the same] Bytes of a job in the table and in its list, and what DynamoDB stores with each:
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadWriteCapacityMode.html
   */
  stored: { item: 554, indexEntry: 131, added: 100 },
  /** [the same] What a busy process of a function asks the tables once in so many seconds. */
  asked: {
    submit: [
      { seconds: 60, units: 1.5 },
      { seconds: 3, units: 1 },
    ],
    worker: [
      { seconds: 60, units: 0.5 },
      { seconds: 2, units: 1 },
    ],
    status: [{ seconds: 60, units: 1.5 }],
  },
  /** [the same] Metrics that have data in each hour in which a job of one queue succeeds. */
  metrics: 6,
  /**
   * [tests/infra/cost.suite.ts] A stage while nothing happens, in 30 days; [tests/infra/bill.test.ts] what a call of a
   * rule's function takes.
   */
  idle: {
    requests: 4_622_400,
    fifoRequests: 3_283_200,
    alarms: 7,
    askedMetrics: 12_960,
    /** Of each of the two functions. */
    invocations: 8_640,
    check: { rounds: 2, readUnits: 2, logBytes: 0 },
    overdue: { rounds: 17, readUnits: 38, logBytes: 147 },
  },
  /** [tests/infra/cost.suite.ts] Metrics that a check reads about a queue with messages. */
  askedOfBusyQueue: { check: 15, moreOncePerHour: 11 },
  /** [tests/infra/cost.suite.ts] Of the functions, in MB. */
  memory: { submit: 512, status: 512, worker: 1024, longWorker: 2048, check: 256, overdue: 256 },
  /** [tests/contract/job-calls.test.ts] An SQS worker by Powertools: its record is begun and completed. */
  stock: { writes: 2, writeUnits: 2, rounds: 2 },
} as const;
