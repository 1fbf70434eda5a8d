import type { KeyObject } from 'node:crypto';
import type { Contracts } from '../../author/contract.ts';
import type { JobAtTheDoor } from '../../domain/access/ports.ts';
import type { Clock, Random } from '../../domain/base/ports.ts';
import type { NotifyTarget } from '../../domain/notify/notification.ts';
import type { StageSetup } from '../../domain/notify/stage-setup.ts';
import type { UploadRules } from '../../domain/objects/upload-name.ts';
import type { Tracer } from '../../domain/observe/trace.ts';
import type { PointerQueue } from '../../domain/schedules/schedule-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { CountedBy } from '../../domain/state/job/message.ts';
import type { Debounces } from '../../domain/state/limits/debounces.ts';
import type { FirstTries } from '../../domain/state/limits/first-tries.ts';
import type { DependencyReader, JobQueue, JobStore, QueueName } from '../../domain/state/ports.ts';
import type { KeepPayload } from '../../domain/state/stored-copies.ts';
import type { PauseDoor } from '../doors/pause-door.ts';
import type { MaySuspend } from '../doors/refuse-suspended.ts';
import type { TenantDoor } from '../doors/tenant-door.ts';

/** A request to do a job, checked. */
export interface Submission {
  readonly tenant: string;
  readonly type: string;
  /** As JSON has it: null where there is none. A message cannot hold `undefined`. */
  readonly payload: unknown;
  readonly maxAttempts: number;
  readonly idempotencyKey?: string | undefined;
  readonly group?: string | undefined;
  /** Ids of jobs. */
  readonly dependsOn?: readonly string[] | undefined;
  /** Either of them, or none. */
  readonly delaySeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly runAt?: number | undefined;
  /** Epoch milliseconds. */
  readonly startBefore?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Whom to tell that the job has ended. Absent: those that the stage tells of every job. */
  readonly notify?: readonly NotifyTarget[] | undefined;
  /** Its times may be past: a job that submits it may be started again much later. */
  readonly mayBePast?: true;
  /** The trace that the request is part of. It makes no other request of it. */
  readonly traceparent?: string | undefined;
}

/** What a submission over HTTP passes. */
export interface SubmitDoor {
  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  enter(tenant: string, job: JobAtTheDoor & { readonly id: string }): Promise<void>;
  /** By which limits the job is to be counted until it ends. Never rejects. Absent: by none. */
  counts?(tenant: string, job: JobAtTheDoor): Promise<CountedBy>;
  /**
   * Lets a submission in that makes no job, and is none that was accepted before: it replaces the payload of a job, or
   * gets a unique job under a new Idempotency-Key. Absent: nothing is asked. @throws LimitExceededError,
   * StoreUnavailableError
   */
  repeat?(tenant: string): Promise<void>;
  /**
   * Whether these count: then an Idempotency-Key that nobody knows is let in before it is kept. Never rejects. Absent:
   * they do not.
   */
  countsRepeats?(tenant: string): Promise<boolean>;
  /** What the reads of dependencies pass, and count in. */
  requireRoom?: TenantDoor['requireRoom'];
  charge?: TenantDoor['charge'];
}

export interface SubmitDependencies extends MaySuspend {
  readonly store: JobStore;
  /** Absent: the store, whose reads nobody counts. Who submits many jobs reads what several of them depend on once. */
  readonly dependencies?: DependencyReader;
  readonly queues: Readonly<Record<QueueName, Pick<JobQueue, 'send'>>>;
  readonly contracts: Contracts;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobIdSecret: string | KeyObject;
  /** Where it is kept in which window a submission came first that has an Idempotency-Key, and a unique job. */
  readonly firstTries: FirstTries;
  /** Which job of a debounce key is the current one. */
  readonly debounces: Debounces;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  /**
   * How the names of uploaded objects in payloads are checked. Absent for a job that submits another one: it reads no
   * other tenant's.
   */
  readonly uploads?: UploadRules;
  readonly setup: StageSetup;
  /** How many shards the list of a tenant has. */
  readonly listShards: number;
  readonly tracer?: Tracer | undefined;
  /** What a submission over HTTP passes. Absent: no limit of the tenant is asked. */
  readonly door?: SubmitDoor | undefined;
  /** What a submission over HTTP of a job of a group passes, before the other door. */
  readonly groupDoor?: { enter(tenant: string): Promise<void> } | undefined;
  /**
   * Refuses what is submitted over HTTP while it is paused. Absent: it is accepted, and waits, as what jobs and
   * schedules submit.
   */
  readonly pauseDoor?: Pick<PauseDoor, 'look' | 'refuse'> | undefined;
  /** Where the stage keeps each message from its submission on. */
  readonly keepPayload?: KeepPayload | undefined;
}

export interface Submitted {
  readonly job: JobItem;
  /** The job was accepted before, by a submission with the same key, or with the same unique key in its window. */
  readonly replayed: boolean;
  /** That of the submission's span, or else of its request. */
  readonly traceparent?: string | undefined;
}
