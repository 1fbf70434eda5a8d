import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { LimitExceededError } from '../../shared/domain/access/limit-error.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import {
  ConflictError,
  InvalidRequestError,
  JobNotFoundError,
  KeyReusedError,
  NotFoundError,
} from '../../shared/domain/base/errors.ts';
import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import type { NotifyTarget } from '../../shared/domain/notify/notification.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import {
  isTerminal,
  type JobStatus,
  type TransitionName,
} from '../../shared/domain/state/job/transitions.ts';
import { SubmissionsPausedError } from '../../shared/domain/state/limits/submissions-paused-error.ts';
import { queueNames } from '../../shared/domain/state/ports.ts';
import { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { eraseJob } from '../../shared/operations/act/erase-job.ts';
import { notifyAgain } from '../../shared/operations/act/notify-again.ts';
import { retryChild, retryChildren } from '../../shared/operations/act/retry-children.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { type SentSignal, signalJob } from '../../shared/operations/act/signal-job.ts';
import { GroupDoor } from '../../shared/operations/doors/group-door.ts';
import { PauseDoor } from '../../shared/operations/doors/pause-door.ts';
import type { Act } from '../../shared/operations/find/find-job.ts';
import { resolveAllStuck } from '../../shared/operations/find/find-stuck.ts';
import { runSchedule } from '../../shared/operations/submit/run-schedule.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { stageSetup, uploadRules } from '../set-ups/samples.ts';
import { checkOrder } from './check-order.ts';
import { chargesOf, keepPayloadOf, quiet } from './dependencies.ts';
import type { Instance } from './instance.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import { stretchedOrder, stretchedPause } from './stretched.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

export interface Order {
  /** Default: the one that all other calls are of. */
  readonly tenant?: string;
  readonly payload?: unknown;
  readonly type?: string;
  readonly key?: string;
  readonly maxAttempts?: number;
  readonly group?: string;
  readonly dependsOn?: readonly string[];
  readonly delaySeconds?: number;
  /** Epoch milliseconds. */
  readonly startBefore?: number;
  readonly tags?: readonly string[];
  /** Instead of those that the jobs of the scenario tell. */
  readonly notify?: readonly NotifyTarget[];
}

/** What a client saw of a job in a list. */
type Seen = Pick<JobItem, 'run' | 'finishedAt'>;

export interface Answer {
  /** 0: the function died or took too long, and the client got no answer. */
  readonly status: 202 | 400 | 404 | 409 | 422 | 429 | 503 | 0;
  /** The status is 503 since a pause refuses the submission. */
  readonly isPaused?: boolean;
  readonly job?: JobItem;
}

const withServers = { ...stageSetup, given: new Set([...stageSetup.given, 'servers']) };
const tenant = 'someone';
const secret = 'secret';
const usual = { tenant, type: 'counting', payload: { seconds: 1 }, maxAttempts: 3 };

const apiTimeoutMs = 25_000;
/** A client that gets no answer asks again, less and less often, until an outage of minutes is over. */
const maxTries = 14;
const pauseMs = (tries: number) => Math.min(60_000, 1_000 * 2 ** (tries - 1));

type Work = (deps: ReturnType<typeof depsOf>) => Promise<JobItem | undefined>;

/** A client of the API. It remembers what it was promised, to compare that with the end. */
export class Client {
  readonly #world: World;
  #acts = 0;
  /** The jobs that were answered with 202, by id, with the fingerprint of what was accepted. */
  readonly accepted = new Map<string, string>();
  /** The last order that was accepted under an id. */
  readonly orders = new Map<string, Order>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Submits once. */
  submit(order: Order = {}): Promise<Answer> {
    return this.#submit(stretchedOrder(order, this.#world));
  }

  async #submit(order: Order): Promise<Answer> {
    const { key, ...rest } = order;
    const { notify } = this.#world.settings;
    const submission = { ...usual, notify, ...rest, idempotencyKey: key };
    const { tenantLimitRule, pauseDoorRule, uniqueRule, settings } = this.#world;
    const checkUnique = uniqueRule.onSubmit(submission);
    const onDebounced = this.#world.debounceRule.onSubmit(submission);
    const { jobsPerMinute, unfinishedJobs, unfinishedJobsOfGroup, waitingJobs, runningSecondsPerHour } =
      settings;
    const limits = defined({
      ...{ jobsPerMinute, unfinishedJobs, unfinishedJobsOfGroup, waitingJobs, runningSecondsPerHour },
    });
    const { orderedMessages } = settings;
    const wasAccepted = key !== undefined && tenantLimitRule.hasItem(keyedJobId(secret, tenant, key));
    const answer = await this.#call('submit', async (deps) => {
      const { job } = await submitJob(submission, {
        ...deps,
        random: this.#world.random,
        jobIdSecret: secret,
        uploads: uploadRules,
        setup: withServers,
        listShards: 1,
        ...(Object.keys(limits).length === 0 ? {} : { door: tenantLimitRule.jobsDoor(limits, deps) }),
        ...(orderedMessages === undefined
          ? {}
          : { groupDoor: tenantLimitRule.groupDoor(orderedMessages, deps) }),
        ...(settings.refuses ? { pauseDoor: new PauseDoor(deps) } : {}),
        ...(settings.orderedQueues
          ? { groupDoor: new GroupDoor({ ...deps, queues: settings.orderedQueues, count: async () => 0 }) }
          : {}),
      });
      return job;
    });
    this.#world.guard(() => tenantLimitRule.onAnswer(answer.status, { key, wasAccepted }));
    this.#world.guard(() => pauseDoorRule.onAnswer(answer, wasAccepted));
    if (onDebounced) this.#world.guard(() => onDebounced(answer));
    else if (answer.job) {
      this.accepted.set(answer.job.id, answer.job.fingerprint);
      const { job } = answer;
      // A unique job may be the one of another order.
      if (checkUnique) this.#world.guard(() => checkUnique(job));
      else {
        this.orders.set(job.id, order);
        this.#world.guard(() => checkOrder(job, order));
      }
    }
    return answer;
  }

  /** Runs a schedule by hand until there is a definite answer. */
  runSchedule(schedule: Schedule, idempotencyKey: string): Promise<Answer> {
    const { random } = this.#world;
    const own = { random, jobIdSecret: secret, uploads: uploadRules, setup: withServers, listShards: 1 };
    return this.#untilAnswered(() =>
      this.#call('run a schedule', async (deps) => {
        const { job } = await runSchedule({ schedule, idempotencyKey }, { ...deps, ...own });
        return job;
      }),
    );
  }

  /** Submits under a key until the limit of the tenant lets the job in, too. */
  async insistUntilLetIn(order: Order & { readonly key: string }): Promise<Answer> {
    for (;;) {
      const answer = await this.insist(order);
      if (answer.status !== 429) return answer;
      await this.#world.time.pause(5_000);
    }
  }

  /** Submits under a key until no pause refuses it. */
  async insistUntilResumed(order: Order & { readonly key: string }): Promise<Answer> {
    for (;;) {
      const answer = await this.insist(order);
      if (!answer.isPaused) return answer;
      await this.#world.time.pause(5_000);
    }
  }

  /** Submits a job, which has a key or is unique, until there is a definite answer. */
  async insistOnUnique(order: Order): Promise<Answer> {
    const stretched = stretchedOrder(order, this.#world);
    return this.#untilAnswered(() => this.#submit(stretched));
  }

  /** Submits under a key until there is a definite answer. */
  insist(order: Order & { readonly key: string }): Promise<Answer> {
    return this.insistOnUnique(order);
  }

  /** Each call has another name, by which rules tell whose an item has. */
  #act(id: string, seen: Seen | undefined): Act {
    this.#acts += 1;
    return { id, tenant, seen, by: `somebody ${this.#acts}` };
  }

  cancel(id: string, seen?: Seen): Promise<Answer> {
    return this.#untilAnswered(() =>
      this.#call('cancel', (deps) =>
        cancelJob(this.#act(id, seen), { ...deps, retentionMs, keepChildrenMs }),
      ),
    );
  }

  retry(id: string, seen?: Seen): Promise<Answer> {
    return this.#untilAnswered(() => this.#call('retry', (deps) => retryJob(this.#act(id, seen), deps)));
  }

  /** Sends an answer to a job until there is a definite answer to that. */
  signal(id: string, sent: Omit<SentSignal, 'check'>): Promise<Answer> {
    return this.#untilAnswered(() => this.signalOnce(id, sent));
  }

  async signalOnce(id: string, sent: Omit<SentSignal, 'check'>): Promise<Answer> {
    const answer = await this.#call('signal', (deps) => {
      const { random } = this.#world;
      return signalJob(this.#act(id, undefined), { ...sent, check: () => {} }, { ...deps, random });
    });
    if (answer.status === 202) this.#world.guard(() => this.#world.signalRule.onAccepted(id, sent));
    return answer;
  }

  cancelChild(id: string, key: string, index: number): Promise<Answer> {
    return this.#untilAnswered(() => this.cancelChildOnce(id, key, index));
  }

  async cancelChildOnce(id: string, key: string, index: number): Promise<Answer> {
    const which = { ...this.#act(id, undefined), batch: batchIdOf(id, key), index };
    const answer = await this.#call('cancel a child', (deps) =>
      cancelChild(which, { ...deps, retentionMs, keepChildrenMs }),
    );
    const { job } = answer;
    if (job) this.#world.guard(() => this.#world.childRule.onCanceled(job));
    return answer;
  }

  /** Asks that the children of a batch that do not succeed are made again. */
  async retryChildren(id: string, key: string): Promise<Answer> {
    const batch = batchIdOf(id, key);
    const round = this.#world.batches.roots.get(batch)?.round ?? 1;
    const answer = await this.#untilAnswered(() =>
      this.#call('retry children', (deps) => retryChildren({ id, tenant, batch }, deps)),
    );
    if (answer.status === 202) this.#world.childRule.onPromisedAgain(batch, round);
    return answer;
  }

  /** Asks that one child is made again. */
  async retryChild(id: string, key: string, index: number): Promise<Answer> {
    const batch = batchIdOf(id, key);
    const round = this.#world.batches.roots.get(batch)?.round ?? 1;
    const answer = await this.#untilAnswered(() =>
      this.#call('retry children', (deps) => retryChild({ id, tenant, batch, index }, deps)),
    );
    if (answer.status === 202) this.#world.childRule.onPromisedOne(batch, round, index);
    return answer;
  }

  notifyAgain(id: string): Promise<Answer> {
    return this.#untilAnswered(() =>
      this.#call('notify again', async (deps) => {
        await notifyAgain({ id, tenant }, deps);
        return undefined;
      }),
    );
  }

  /** Again, as long as some of its children are left. */
  async erase(id: string, seen?: Seen): Promise<Answer> {
    for (;;) {
      let erased: Awaited<ReturnType<typeof eraseJob>> | undefined;
      const answer = await this.#untilAnswered(() =>
        this.#call('erase', async (deps) => {
          erased = await eraseJob(this.#act(id, seen), deps);
          return undefined;
        }),
      );
      if (answer.status !== 202 || erased !== 'unfinished') return answer;
    }
  }

  /** Says when all queues were emptied. */
  purged(purgedAt: number): Promise<Answer> {
    return this.#untilAnswered(() =>
      this.#call('stuck', async (deps) => {
        await resolveAllStuck({ purge: { queues: queueNames, purgedAt } }, deps);
        return undefined;
      }),
    );
  }

  /** Waits until the job has one of the statuses, or has ended with another. */
  async until(id: string, ...statuses: readonly JobStatus[]): Promise<JobItem | undefined> {
    for (let tries = 0; tries < 2_000; tries += 1) {
      const item = this.#world.table.items.get(id);
      if (item && statuses.includes(item.status)) return item;
      if (item && isTerminal(item.status)) return undefined;
      await this.pause(500);
    }
    return undefined;
  }

  pause(milliseconds: number): Promise<void> {
    return this.#world.time.pause(stretchedPause(milliseconds, this.#world));
  }

  async #untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
    let answer = await ask();
    for (let tries = 1; tries < maxTries && isUnclear(answer); tries += 1) {
      await this.#world.time.pause(pauseMs(tries));
      answer = await ask();
    }
    return answer;
  }

  async #call(role: string, work: Work): Promise<Answer> {
    const instance = this.#world.instance(role);
    const callOff = this.#world.time.after(apiTimeoutMs, () => instance.kill('deadline'));
    const answer = await Promise.race([
      work(depsOf(this.#world, instance)).then(
        (job): Answer => ({ status: 202, ...(job ? { job } : {}) }),
        (error: unknown): Answer => ({
          status: statusOf(error),
          ...(error instanceof SubmissionsPausedError ? { isPaused: true } : {}),
        }),
      ),
      instance.death.then((): Answer => ({ status: 0 })),
    ]);
    callOff();
    this.#world.suspend(instance);
    this.#world.say(`client: ${role} answered with ${answer.status}`);
    this.#checkFailure(answer, role);
    if (answer.isPaused) this.#world.guard(() => this.#world.pauseDoorRule.onRefused(instance));
    this.#checkConflict(answer, this.#world.made.get(instance.name) ?? []);
    return answer;
  }

  /** While nothing fails and nothing is slow, every call is answered. */
  #checkFailure(answer: Answer, role: string): void {
    const { plan, chaos, builds } = this.#world.settings;
    // Older code leaves the jobs of newer code alone.
    if (plan || chaos || builds || !isUnclear(answer)) return;
    this.#world.guard(() => {
      throw new Violation('undisturbed, every call is answered', `${role}: ${answer.status}`);
    });
  }

  /** A call that has done what it was asked for must not answer that it could not. */
  #checkConflict({ status }: Answer, made: readonly TransitionName[]): void {
    const done = made.find((name) => asked.includes(name));
    if ((status !== 409 && status !== 404) || done === undefined) return;
    this.#world.guard(() => {
      throw new Violation('what the client heard is what happened', `${status}, but ${done} was stored`);
    });
  }
}

/** Nobody knows whether it was carried out. */
const isUnclear = ({ status, isPaused }: Answer): boolean => status === 0 || (status === 503 && !isPaused);

/** What a client asks for. */
const asked: readonly TransitionName[] = [
  'retry',
  'revive',
  'cancel',
  'cancelUnborn',
  'erase',
  'storeSignal',
  'answerWait',
];

function depsOf(world: World, instance: Instance) {
  const { queue, ...ports } = world.portsOf(instance);
  const { ordered, waiting } = ports;
  const queues = { ...everyQueue(() => queue), ordered, waiting };
  return {
    ...ports,
    family: new ParentNotifier({ ...ports, clock: instance.clock }),
    suspensions: world.suspensions,
    queues,
    clock: instance.clock,
    log: quiet,
    contracts: world.contractsFor(instance.role),
    keepPayload: keepPayloadOf(world, instance, ports),
    ...defined({ erasesAtOnce: world.erasesAtOnce, charges: chargesOf(world, instance) }),
  };
}

function statusOf(error: unknown): Answer['status'] {
  if (error instanceof KeyReusedError) return 422;
  if (error instanceof LimitExceededError) return 429;
  if (error instanceof ConflictError) return 409;
  if (error instanceof InvalidRequestError) return 400;
  return error instanceof JobNotFoundError || error instanceof NotFoundError ? 404 : 503;
}
