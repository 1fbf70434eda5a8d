/**
 * All that a job type imports of this project. Schemas are made with `import * as z from 'zod/mini'`: if `z` came from
 * here, all of zod would be in every bundle.
 */

export {
  ChildExpiredError,
  ChildrenFailedError,
  LimitWaitError,
  OpenWaitError,
  PermanentError,
  PlanChangedError,
  RetryAfterError,
  SignalTimeoutError,
  StepError,
  StepFailedError,
} from '../domain/base/errors.ts';
export { NotJsonError, readJson } from '../domain/base/read-json.ts';
export { MissingObjectError } from '../domain/objects/object-errors.ts';
export type { ObjectStore } from '../domain/objects/object-ports.ts';
export { remoteOutputNameOf } from '../domain/objects/stored-object.ts';
export { zObject } from '../domain/objects/z-object.ts';
export {
  type ContractQueue,
  type Contracts,
  defineJob,
  type JobContract,
  maxTimeoutSeconds,
  type RetryPolicy,
  type SignalSchemas,
} from './contract.ts';
export { defineSchedules } from './define-schedules.ts';
export {
  type CanceledJob,
  type CancelHandler,
  type CheckpointOf,
  type Child,
  type ChildBatch,
  type ChildOutput,
  type ChildResult,
  type Children,
  type HandlersOf,
  type JobContext,
  type JobHandler,
  type JobObject,
  type JobOutput,
  type PayloadOf,
  type ResultOf,
  type SettledChildren,
  type SignalsOf,
  type SpawnOptions,
  type StepOptions,
  type StepResult,
  type SubmitOptions,
  type SubmittedPayload,
  withCancel,
} from './handler.ts';
export {
  type RemoteCall,
  RemoteJobError,
  type RemoteService,
  type RemoteSettings,
  type RemoteStatus,
  remote,
  ServiceBusyError,
} from './remote.ts';
export { answerOf, notSetUp, remoteClientSettings, ServiceRefusedError } from './remote-errors.ts';
export { type RemoteState, remoteState } from './remote-state.ts';
export { type Secret, type SettingsOf, settingsOf } from './settings.ts';
export {
  arnInAccount,
  defineUses,
  parameter,
  type Right,
  secret,
  secureString,
  stageBucket,
} from './uses.ts';
export type { FirstOf, FirstOfAll, LinkOptions, SignalOptions, WaitOptions } from './waits.ts';
