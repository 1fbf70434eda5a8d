// The surface of the package: nothing in it imports from here.
export type { ChildOptions, ChildState } from './children.ts';
export type { CallOptions, Client, SignalOptions, SubmissionOf } from './client.ts';
export type { Contract, Contracts, PayloadOf, ResultOf, Schema, TypeName } from './contracts.ts';
export { type ClientOptions, createClient } from './create-client.ts';
export type { Credential } from './credential.ts';
export {
  ConflictError,
  type ExceededLimit,
  ForbiddenError,
  InvalidRequestError,
  JobCanceledError,
  JobFailedError,
  KeyReusedError,
  NetworkError,
  NotFoundError,
  NotificationError,
  type Problem,
  ProblemError,
  type RefusingPause,
  ThrottledError,
  TooLargeError,
  UnauthenticatedError,
  UnavailableError,
  type Violation,
  WaitTimeoutError,
} from './errors.ts';
export type * from './job.ts';
export type { JobStatus } from './job-status.ts';
export type { JobFilter, ListOptions } from './list.ts';
export type { JobOptions, SubmitOptions } from './submit.ts';
export type { Submitted } from './submit-all.ts';
export type { UploadBody, UploadOptions } from './upload.ts';
export {
  type NotificationEvent,
  type NotificationHeaders,
  verifyNotification,
} from './verify-notification.ts';
export type { WaitOptions } from './wait.ts';
export type { RetryLimits } from './with-retries.ts';
