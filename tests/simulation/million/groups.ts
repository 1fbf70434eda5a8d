import type { CountScope } from '../../../shared/domain/access/ports.ts';
import { OrderedQueueFullError } from '../../../shared/domain/state/limits/ordered-queue-full-error.ts';
import { GroupDoor } from '../../../shared/operations/doors/group-door.ts';
import { UnfinishedJobs } from '../../../shared/operations/doors/unfinished-jobs.ts';
import { InMemoryJobCounts } from '../../../testkit/fakes/in-memory-job-counts.ts';
import { inMemoryRates } from '../../../testkit/fakes/in-memory-rates.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { startOfTime } from '../../../testkit/play/virtual-time.ts';
import { quiet } from '../dependencies.ts';
import { OrderedQueue, type Watcher } from './ordered-queue.ts';

/** Many jobs of groups of a tenant A, while tenants B and C submit a job of a group each, every ten seconds for an hour. */
export interface Groups {
  /** A submits batches of 100 until so many are accepted, and what was refused again. */
  readonly jobs: number;
  readonly perSecond: number;
  /** For so long at most. */
  readonly seconds: number;
  readonly groupsOfA: number;
  /** Without it, nobody is refused because of a long queue. */
  readonly hasDoor: boolean;
  /** 1, or 2: then C has the second one. */
  readonly orderedQueues: number;
  /** The limit of A, if it has one. */
  readonly unfinishedJobs?: number;
}

/** What becomes of submissions. */
interface Answers {
  accepted: number;
  /** 429, `ordered-queue-full`. */
  refusedByDoor: number;
  /** 429 of the tenant's own limit. */
  refusedByLimit: number;
  /** 503: SQS takes no more messages of the group's partition. */
  unavailable: number;
}

export interface Other extends Answers {
  /** How many seconds after they were accepted the jobs start. */
  readonly late: number[];
}

export interface GroupsPlayed {
  readonly ofA: Answers;
  readonly ofB: Other;
  readonly ofC: Other;
  /** The most messages of A's queue. */
  most: number;
}

const [secondMs, hourSeconds] = [1_000, 3_600];
const jobsOfBatch = 100;
const everyOfOthers = 10;
/** Of each of the others. One is in a partition of A's. SQS does not say how many partitions a queue has: here each other group has one. */
const groupsOfOthers = 10;
/** SQS takes so many messages a second for a partition, each in a call of its own. All of a group are in one. */
const sendsOfPartition = 300;
/** As in shared/aws/clients/clients.ts. */
const attemptsOfCall = 3;
const places = 100;
/** Of two queues the tenants of these names have the first, the first, and the second one. */
const nameOf = { A: 'A', B: 'E', C: 'C' } as const;
type Tenant = keyof typeof nameOf;

const noAnswers = (): Answers => ({ accepted: 0, refusedByDoor: 0, refusedByLimit: 0, unavailable: 0 });
const nobody = (): Other => ({ ...noAnswers(), late: [] });

export async function playGroups(load: Groups): Promise<GroupsPlayed> {
  const world = new GroupWorld(load);
  await world.play();
  return world.played;
}

/** What A has submitted and has not ended is in the index. */
class IndexOfA extends InMemoryJobCounts {
  unfinished = 0;

  override async count(_scope: CountScope, upTo: number): Promise<number> {
    return Math.min(upTo, this.unfinished);
  }
}

/** A process that takes submissions. It remembers what it has counted. */
interface SubmitProcess {
  readonly groupDoor: GroupDoor;
  readonly unfinished: UnfinishedJobs;
}

/** The real doors in virtual time, with what they count, and what comes after them. */
class GroupWorld {
  readonly played: GroupsPlayed = { most: 0, ofA: noAnswers(), ofB: nobody(), ofC: nobody() };
  readonly #load: Groups;
  readonly #random = new SeededRandom(1);
  readonly #queues: readonly OrderedQueue[];
  readonly #index = new IndexOfA(new Map());
  readonly #rates = inMemoryRates();
  readonly #processes: readonly SubmitProcess[];
  readonly #watcherOfA: Watcher = {
    ends: () => {
      this.#index.unfinished -= 1;
    },
  };
  #now = 0;
  #requests = 0;

  constructor(load: Groups) {
    this.#load = load;
    this.#queues = Array.from({ length: load.orderedQueues }, () => new OrderedQueue(this.#random, places));
    // Each has about one request at a time.
    const length = Math.ceil(load.perSecond / jobsOfBatch);
    this.#processes = Array.from({ length }, () => this.#newProcess());
  }

  async play(): Promise<void> {
    const { jobs, seconds, orderedQueues } = this.#load;
    const { ofA, ofB, ofC } = this.played;
    for (let second = 0; second < hourSeconds; second += 1) {
      this.#goOn(second * secondMs);
      for (const queue of this.#queues) queue.beginSecond();
      const isSubmitting = second < seconds && ofA.accepted < jobs;
      const sends = isSubmitting ? await this.#submitOfA() : 0;
      if (second % everyOfOthers !== 0) continue;
      this.#goOn(this.#now + secondMs / 2);
      const number = second / everyOfOthers;
      await this.#submitOfOther({ tenant: 'B', answers: ofB, queue: 1, number, sends });
      await this.#submitOfOther({ tenant: 'C', answers: ofC, queue: orderedQueues, number, sends });
    }
    this.#goOn(Number.POSITIVE_INFINITY);
    this.played.most = this.#queueOf(1).most;
  }

  #goOn(until: number): void {
    for (const queue of this.#queues) queue.playUntil(until);
    this.#now = until;
  }

  #queueOf(number: number): OrderedQueue {
    const queue = this.#queues[number - 1];
    if (!queue) throw new TypeError(`there is no queue ${number}`);
    return queue;
  }

  #newProcess(): SubmitProcess {
    const clock = { now: () => startOfTime + this.#now };
    const { orderedQueues } = this.#load;
    const count = async (queue: number) => this.#queueOf(queue).lateCount;
    return {
      groupDoor: new GroupDoor({ queues: orderedQueues, count, clock, rates: this.#rates, log: quiet }),
      unfinished: new UnfinishedJobs({ counts: this.#index, clock }),
    };
  }

  #nextProcess(): SubmitProcess {
    const process = this.#processes[this.#requests % this.#processes.length];
    this.#requests += 1;
    if (!process) throw new TypeError('there is no process');
    return process;
  }

  /** How many jobs of a request come in. After the first one that is refused, all are. */
  async #letIn(tenant: Tenant, jobs: number, { groupDoor }: SubmitProcess): Promise<number> {
    if (!this.#load.hasDoor) return jobs;
    for (let job = 0; job < jobs; job += 1)
      try {
        await groupDoor.enter(nameOf[tenant]);
      } catch (error) {
        if (error instanceof OrderedQueueFullError) return job;
        throw error;
      }
    return jobs;
  }

  /** The requests of a second. @returns how many messages were to be sent to each of A's partitions */
  async #submitOfA(): Promise<number> {
    const { groupsOfA, unfinishedJobs } = this.#load;
    const { ofA } = this.played;
    const submitted = Math.min(this.#load.perSecond, this.#load.jobs - ofA.accepted);
    let wanted = 0;
    for (let asked = 0; asked < submitted; asked += jobsOfBatch) {
      const jobs = Math.min(jobsOfBatch, submitted - asked);
      const process = this.#nextProcess();
      const letIn = await this.#letIn('A', jobs, process);
      ofA.refusedByDoor += jobs - letIn;
      if (letIn === 0) continue;
      const taken = unfinishedJobs === undefined ? letIn : await this.#take(letIn, unfinishedJobs, process);
      ofA.refusedByLimit += letIn - taken;
      wanted += taken;
    }
    const sent = Math.min(wanted, groupsOfA * sendsOfPartition);
    for (let index = 0; index < sent; index += 1) this.#sendOfA(index % groupsOfA);
    ofA.unavailable += wanted - sent;
    return wanted / groupsOfA;
  }

  async #take(wanted: number, max: number, { unfinished }: SubmitProcess): Promise<number> {
    const { taken } = await unfinished.take({
      ...{ scope: { tenant: 'A', limit: 'unfinishedJobs' }, wanted, max },
    });
    return taken;
  }

  #sendOfA(group: number): void {
    this.played.ofA.accepted += 1;
    this.#index.unfinished += 1;
    this.#queueOf(1).send(`A ${group}`, this.#now, this.#watcherOfA);
  }

  async #submitOfOther({ tenant, answers, queue, number, sends }: OfOther): Promise<void> {
    const group = number % groupsOfOthers;
    if ((await this.#letIn(tenant, 1, this.#nextProcess())) === 0) answers.refusedByDoor += 1;
    else if (queue === 1 && group === 0 && !this.#isTaken(sends)) answers.unavailable += 1;
    else {
      answers.accepted += 1;
      const starts = (waitedMs: number) => void answers.late.push(waitedMs / secondMs);
      this.#queueOf(queue).send(`${tenant} ${group}`, this.#now, { starts });
    }
  }

  /** Of a message among so many that are to be sent to the same partition in this second: each of them is tried three times. */
  #isTaken(sends: number): boolean {
    if (sends <= sendsOfPartition) return true;
    const share = sendsOfPartition / (sends * attemptsOfCall);
    return this.#random.fraction() > (1 - share) ** attemptsOfCall;
  }
}

interface OfOther {
  readonly tenant: Tenant;
  readonly answers: Other;
  /** The number of its queue. */
  readonly queue: number;
  readonly number: number;
  readonly sends: number;
}
