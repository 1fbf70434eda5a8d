import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { JobQueue, JobStore } from '../../shared/ports.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

export interface Ports {
  readonly store: JobStore;
  readonly queue: JobQueue;
}

/** A way to spoil the protocol from outside: the code under test stays as it is. */
export interface Mutant {
  readonly name: string;
  /** Changes a write on its way to the table. */
  readonly write?: (write: JobWrite) => JobWrite;
  /** Changes how table and queue are used by one instance of a function. */
  readonly ports?: (ports: Ports, role: string) => Ports;
  /** Meddles with the messages that a worker has just received. */
  readonly deliver?: (event: SQSEvent, queue: SimulatedQueue) => void;
  /** Changes what a worker answers for its batch. `lost`: the jobs whose lease it found lost. */
  readonly answer?: (
    answer: SQSBatchResponse,
    event: SQSEvent,
    lost: ReadonlySet<string>,
  ) => SQSBatchResponse;
}

/** No mutant. */
export const honest: Mutant = { name: 'honest' };
