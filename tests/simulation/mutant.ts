import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { MessageSource, QueueServer } from '../../server/serve-queue.ts';
import type { ServerCondition } from '../../server/server-condition.ts';
import type { Contracts } from '../../shared/author/contract.ts';
import type {
  AccessStore,
  Charges,
  JobCounts,
  Rates,
  RunningCharges,
} from '../../shared/domain/access/ports.ts';
import type { RecordDelete, RecordUpdate } from '../../shared/domain/base/records.ts';
import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import type {
  EndpointStore,
  EndpointTryQueue,
  TriedEndpoints,
} from '../../shared/domain/notify/endpoint-ports.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../shared/domain/notify/ports.ts';
import type { MultipartUploads, ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import type { Meter } from '../../shared/domain/observe/metrics.ts';
import type { OneTimeSchedules, PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import type { ErrorGroups } from '../../shared/domain/state/failures/error-groups.ts';
import type { DueList } from '../../shared/domain/state/job/due-list.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { Debounces } from '../../shared/domain/state/limits/debounces.ts';
import type { FirstTries } from '../../shared/domain/state/limits/first-tries.ts';
import type { Pauses } from '../../shared/domain/state/limits/pauses.ts';
import type { WorkPlaces } from '../../shared/domain/state/limits/place.ts';
import type { StartRates } from '../../shared/domain/state/limits/start-rate.ts';
import type { JobQueue, JobStore, OpenJobs } from '../../shared/domain/state/ports.ts';
import type { ShownGroupQueue } from '../../shared/domain/state/tenant-queues.ts';
import type { PassState } from '../../shared/domain/state/waits/pass-state.ts';
import type { Condition, Test } from '../../shared/domain/state/writes/condition.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import type { JobSubmitter } from '../../shared/worker/children/job-submissions.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

export interface Ports {
  readonly store: JobStore;
  readonly objects: ObjectStore;
  readonly multipart: MultipartUploads;
  /** The queue that a worker or the dead-letter function processes. For others, the run queue. */
  readonly queue: JobQueue;
  readonly ordered: ShownGroupQueue;
  /** The queue that admission processes. */
  readonly waiting: JobQueue;
  /** The same, for pointers. */
  readonly pointers: PointerQueue;
  /** The index of the jobs that wait outside of all queues. */
  readonly due: DueList;
  readonly pauses: Pauses;
  /** All jobs, for who looks for stuck ones, and how far that has come. */
  readonly open: OpenJobs;
  readonly pass: PassState;
  /** They bring pointers to it. */
  readonly schedules: OneTimeSchedules<JobPointer>;
  readonly notifications: NotificationQueue;
  /** Those to endpoints that may be slow. */
  readonly slowNotifications: NotificationQueue;
  readonly notificationSchedules: OneTimeSchedules<NotificationMessage>;
  /** Where notifications go that are given up. */
  readonly givenUp: NotificationDeadLetters;
  /** Endpoints that do not answer, and the messages that try them. */
  readonly endpoints: EndpointStore;
  readonly tries: EndpointTryQueue;
  /** The index of the endpoints that are tried. */
  readonly tried: TriedEndpoints;
  readonly errorGroups: ErrorGroups;
  readonly batches: BatchStore;
  /** At which rates the jobs of tenants come in. */
  readonly rates: Rates;
  /** When attempts of types with a limit may start. */
  readonly startRates: StartRates;
  /** Where attempts have their places whose types limit how many run. */
  readonly workPlaces: WorkPlaces;
  /** In which windows submissions of unique jobs came first. */
  readonly firstTries: FirstTries;
  /** Which job of a debounce key is the current one. */
  readonly debounces: Debounces;
  /** How many jobs of tenants are unfinished, as the door counts them. */
  readonly counts: JobCounts;
  /** The access table, for who makes links. */
  readonly access: AccessStore;
}

/** What is known of an invocation at its end. */
export interface Known {
  /** The jobs whose lease it has lost. */
  readonly lost: ReadonlySet<string>;
  /** Why each message is deleted or returned, by message id. */
  readonly whys: ReadonlyMap<string, string>;
}

/** A way to break the protocol from outside: the code under test stays as it is. */
export interface Mutant {
  readonly name: string;
  /** The scenario that is played first. In the others it may take long to show, or never show. */
  readonly shownBy?: string;
  /** Changes a write on its way to the table. `before`: the item that it finds there. */
  readonly write?: (write: JobWrite, before?: JobItem) => JobWrite;
  /** The same, of a write of another record. */
  readonly record?: <Write extends RecordUpdate | RecordDelete>(write: Write) => Write;
  /** Changes how table and queue are used by one instance of a function. */
  readonly ports?: (ports: Ports, role: string, world: World) => Ports;
  /** Changes what a function knows of the job types. */
  readonly contracts?: (contracts: Contracts, role: string) => Contracts;
  /** Changes how a worker calls the `cancel` of a handler. */
  readonly cancel?: (cancel: () => Promise<void>, world: World) => Promise<void>;
  /** Changes what happens to messages that a function has just received, before it gets its ports. */
  readonly deliver?: (event: SQSEvent, queue: SimulatedQueue) => void;
  readonly deduplicationId?: (message: JobMessage) => string;
  /** Changes what a function answers for its batch. */
  readonly answer?: (answer: SQSBatchResponse, event: SQSEvent, known: Known) => SQSBatchResponse;
  /** Changes how a server receives and deletes. */
  readonly source?: (source: MessageSource) => MessageSource;
  /** Changes what a server does when it turns ill. */
  readonly condition?: (condition: ServerCondition) => ServerCondition;
  /** Changes how the jobs of a worker submit others. */
  readonly submit?: (submitter: JobSubmitter, world: World) => JobSubmitter;
  /** Changes how jobs are charged that jobs make. */
  readonly charges?: (charges: Charges, world: World, door: TenantDoor) => Charges;
  /** Changes how the time is charged that jobs run for. */
  readonly running?: (charges: RunningCharges, world: World) => RunningCharges;
  /** Changes what is counted. */
  readonly meter?: (meter: Meter) => Meter;
  /** When a server exits, instead of when it has stopped. */
  readonly exit?: (server: QueueServer, stop: AbortSignal) => Promise<void>;
}

/** No mutant. */
export const honest: Mutant = { name: 'honest' };

/** Changes the writes of some transitions. */
export const spoiled =
  (of: readonly TransitionName[], spoil: (write: JobWrite) => Partial<JobWrite>) =>
  (write: JobWrite): JobWrite =>
    of.includes(write.transition) ? { ...write, ...spoil(write) } : write;

export const without = (condition: Condition, drop: (test: Test) => boolean): Condition =>
  condition.map((tests) => tests.filter((test) => !drop(test)));

/** Drops tests from the conditions of some transitions. */
export const dropping = (of: readonly TransitionName[], drop: (test: Test) => boolean) =>
  spoiled(of, ({ condition }) => ({ condition: without(condition, drop) }));

/** What the instance received that gets its ports next. */
interface Received {
  readonly event: SQSEvent;
  readonly queue: SimulatedQueue;
}

/** A mutant that knows which messages an instance received. */
export const withMessages = (
  name: string,
  shownBy: string,
  spoil: (ports: Ports, role: string, received: Received) => Ports,
): Mutant => {
  let last: Received | undefined;
  return {
    name,
    shownBy,
    deliver: (event, queue) => {
      last = { event, queue };
    },
    ports: (ports, role) =>
      last && (role === 'worker' || role === 'admission') ? spoil(ports, role, last) : ports,
  };
};
