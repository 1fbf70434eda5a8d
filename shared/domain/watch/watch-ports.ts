/** One number of CloudWatch, over the last minutes. Each that is asked for has a price. */
export interface MetricQuery {
  /** `stage` are those of this project, with one dimension or none. */
  readonly source: 'stage' | 'sqs' | 'scheduler' | 'api';
  readonly metric: string;
  /** Of `sqs`: the queue, as in `stageQueues`. */
  readonly queue?: string;
  /** Of `stage`. */
  readonly dimension?: { readonly name: string; readonly value: string };
  readonly stat: 'Sum' | 'Maximum' | 'p95';
  readonly minutes: number;
}

/** Metrics of the stage, and of what it uses. */
export interface StageMetrics {
  /** A number for each query, in their order: 0 where there is no data. @throws WatchUnavailableError */
  read(queries: readonly MetricQuery[]): Promise<readonly number[]>;
}

/** CloudWatch could not be read, or the topic not be reached. */
export class WatchUnavailableError extends Error {
  override readonly name = 'WatchUnavailableError';
}

/** Who is told. Every call @throws WatchUnavailableError */
export interface AlarmTopic {
  publish(text: { readonly subject: string; readonly body: string }): Promise<void>;
  /** How many have confirmed that they listen. */
  subscribers(): Promise<number>;
}

/** Of the stage's namespace, without a dimension: how many troubles are open. No data is none. */
export const openTroubles = 'OpenTroubles';
/** What filters of the functions' logs count. The first has the dimension `Error`. */
export const callsFailed = 'CallsFailed';
export const functionErrors = 'FunctionErrors';
export const notificationsFailed = 'NotificationsFailed';
/** 1 for an attempt that its handler ended with an error, 0 for each other: its average is the share. */
export const attemptsFailing = 'AttemptsFailing';

/** Errors that mean that a service refused a call, or did not answer: which service. */
export const outages = {
  StoreUnavailableError: 'DynamoDB',
  ObjectsUnavailableError: 'S3',
  QueueUnavailableError: 'SQS',
  SchedulesUnavailableError: 'EventBridge Scheduler',
  SecretUnavailableError: 'Secrets Manager',
  MailUnavailableError: 'SES',
} as const;
