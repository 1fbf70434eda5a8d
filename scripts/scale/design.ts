import { dueShards } from '../../shared/domain/state/list-keys.ts';
import { millisecondsOf } from '../cost/bill.ts';
import { measured } from '../cost/measured.ts';
import { figureOf } from './limits.ts';
import type { DayLoad, ScaledStage } from './stage-load.ts';

/** What a job writes, in units: of the table by itself, and of the index that is its tenant's list. */
export const unitsOf = {
  submission: measured.submit.writeUnits,
  work: measured.success.writeUnits,
  list: measured.indexWrites,
} as const;

/** A limit of a tenant is one write for up to so many jobs of a batch. */
const jobsOfOneWrite = 20;
/** A counted job is in its index from its submission to its end: two writes of the same part. */
const countedWrites = 2;
/** A job that waits outside of all queues is in its index meanwhile. */
const waitWrites = 2;

export type KeyName = 'listKey' | 'doorCounter' | 'unfinishedKey';

/** A key, or some, that all jobs of a tenant write, and how many of its jobs a second they take. */
export interface Key {
  readonly name: KeyName;
  readonly jobs: number;
}

const units = figureOf('partitionWrites');

/** Items of jobs have random ids, and spread by themselves. These do not: each job of a tenant writes them. */
export function keysOfTenant(
  { limited, perRequest }: Pick<DayLoad, 'limited' | 'perRequest'>,
  { listShards }: Pick<ScaledStage, 'listShards'>,
): readonly Key[] {
  const list: Key = { name: 'listKey', jobs: (units * listShards) / unitsOf.list };
  if (!limited) return [list];
  return [
    list,
    { name: 'doorCounter', jobs: units * Math.min(perRequest, jobsOfOneWrite) },
    { name: 'unfinishedKey', jobs: (units * listShards) / countedWrites },
  ];
}

/** How many jobs a second begin a wait, and end it, in the parts of their index. */
export const waitsOfDue = (units * dueShards) / waitWrites;

/** Jobs of an invocation of a queue. */
export const batchOf = ({ queue }: Pick<DayLoad, 'queue'>): number =>
  queue === 'standard' ? figureOf('batch') : 1;

/** A claim elsewhere than on `standard` makes the message invisible for as long as a lease. */
const roundsOf = ({ queue }: Pick<DayLoad, 'queue'>): number =>
  measured.success.rounds + (queue === 'standard' ? 0 : 1);

/** An invocation that has so many jobs, in seconds. They wait side by side, and their own code runs one after the other. */
export function invocationSeconds(load: Pick<DayLoad, 'queue' | 'durationMs' | 'callMs'>, jobs: number) {
  const memoryMb = load.queue === 'standard' ? measured.memory.worker : measured.memory.longWorker;
  return (load.durationMs + millisecondsOf({ memoryMb, jobs, rounds: roundsOf(load) }, load)) / 1000;
}

/** An invocation that submits so many jobs. Sends and writes of a batch are taken to go ten at a time. */
export function submitSeconds({ perRequest, callMs }: Pick<DayLoad, 'perRequest' | 'callMs'>): number {
  const tens = Math.ceil(perRequest / figureOf('batch'));
  const rounds = measured.submit.rounds * tens;
  return millisecondsOf({ memoryMb: measured.memory.submit, jobs: perRequest, rounds }, { callMs }) / 1000;
}

/** What running jobs write, each second: heartbeats. */
export const heartbeats = (load: Pick<DayLoad, 'durationMs'>, running: number): number =>
  load.durationMs / 1000 < measured.heartbeatSeconds ? 0 : running / measured.heartbeatSeconds;

/** A batch of ten jobs that wait, for which `admission` decides: docs/cost.md assumes so much. */
const admissionSeconds = 0.1;
export const admittedBy = ({ admissionConcurrency }: Pick<ScaledStage, 'admissionConcurrency'>): number =>
  (admissionConcurrency * figureOf('batch')) / admissionSeconds;
