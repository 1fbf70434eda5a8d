import type { NotifyTarget } from '../../shared/domain/notify/notification.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import type { BuildSettings } from './builds.ts';
import type { FaultPlan } from './faults.ts';
import type { Forces } from './forces.ts';
import type { Forgets } from './forgetting.ts';
import type { Figures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import type { ServerSettings } from './servers.ts';
import type { SchedulerTrouble } from './simulated-scheduler.ts';

/** How one simulation is played. */
export interface WorldSettings {
  readonly seed?: number;
  readonly plan?: FaultPlan;
  readonly mutant?: Mutant;
  /** Duplicates, reordering, uneven latency and clocks that differ. */
  readonly chaos?: boolean;
  /** How many messages SQS delivers again although they are invisible. Default: as many as it likes. */
  readonly maxDuplicates?: number;
  /** How many clients ask at the same time that one job be woken: each sends a pointer, and its receiver may send the job on. Default: one. */
  readonly wakers?: number;
  /** How many looks for lost children the scenario itself interrupts, beside the one that a fault may. */
  readonly looksCut?: number;
  /** By how much the clocks of functions differ at most. Default: seconds, in chaos. */
  readonly clocksDifferMs?: number;
  /** How long the bucket may take for a call, in the first hour. */
  readonly slowBucketMs?: number;
  readonly forces?: Forces;
  /** Whether servers hear from the answers of AWS that they are refused, or that their clock is wrong. */
  readonly hasIlls?: boolean;
  /** Failed messages come back after a second, not when their visibility timeout ends: sources disagree on what AWS does. */
  readonly failedComeBackAtOnce?: boolean;
  /** The chance that a message that is delivered again says that it is delivered for the first time: SQS counts approximately. */
  readonly miscount?: number;
  /** Whether a standard queue acts on a receipt handle that a later receive has made outdated. */
  readonly takesOutdatedHandles?: boolean;
  readonly figures?: Figures;
  /** How often admission may send one job on. */
  readonly maxAdmissions?: number;
  /** Within which time a crashed worker's job is claimed again, where the visibility is changed before the claim. */
  readonly takenOverWithinMs?: number;
  /** After how many steps the system counts as restless. */
  readonly maxSteps?: number;
  /** After how many days. */
  readonly maxDays?: number;
  /** Whom every job tells of its end. */
  readonly notify?: readonly NotifyTarget[];
  /** Endpoints may be down: so many attempts in a row fail, or are rejected, before a breaker opens. */
  readonly breakers?: { readonly failures: number; readonly rejections?: number };
  readonly servers?: ServerSettings;
  readonly scheduler?: SchedulerTrouble;
  /** Whether somebody looks at what waits for too long. Without it, no schedule and no wake may be lost. */
  readonly net?: boolean;
  /** How many jobs a minute a tenant may submit. Default: no limit. */
  readonly jobsPerMinute?: number;
  /** For how many seconds an hour the jobs of a tenant may run. Default: no limit. */
  readonly runningSecondsPerHour?: number;
  /** How many webhooks a minute a tenant may send to a host. Default: no limit. */
  readonly webhooksPerMinute?: number;
  /** Default: one. */
  readonly orderedQueues?: number;
  /** So many messages the ordered queue is said to have. Default: nobody asks. */
  readonly orderedMessages?: number;
  /** How many jobs of a tenant may be unfinished. Default: no limit. */
  readonly unfinishedJobs?: number;
  /** The same of each group. */
  readonly unfinishedJobsOfGroup?: number;
  /** How many of them may wait. */
  readonly waitingJobs?: number;
  /** Whether workers read what is paused. */
  readonly pauses?: boolean;
  /** Whether the jobs of suspended tenants are held. */
  readonly suspends?: boolean;
  /** Whether submissions read what is paused, too. */
  readonly refuses?: boolean;
  /** Whether the stage keeps each message from its submission on. */
  readonly keepPayload?: boolean;
  /** The recurring schedules. */
  readonly recurring?: readonly Schedule[];
  /** Two builds in turns. */
  readonly builds?: BuildSettings;
  /** Whether what nothing holds back has to start soon: all that is lost goes through ports. */
  readonly startsSoon?: boolean;
  /** So many times as long as they say, jobs and clients wait. Default: 1. */
  readonly timesWaits?: number;
  /** How the tables forget what is past its time. Default: they keep it. */
  readonly forgets?: Forgets;
  /** Instead of the figures' own. */
  readonly batchSize?: number;
}
