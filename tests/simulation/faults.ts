/** What may go wrong with one call. */
export const faults = [
  /** The instance dies before the call is made. */
  'crash-before',
  /** The call is carried out, and the instance dies before it is answered. */
  'crash-after',
  /** The call is carried out, and the caller sees a time-out. */
  'error-after',
  /** The call is carried out, its answer is lost, and the SDK makes it again by itself. */
  'repeat',
  /** The same, but the first request is delayed and takes effect after the second: half a second later, */
  'echo',
  /** or when there may have been another heartbeat. */
  'late-echo',
  /** The caller sees a time-out, and the call is carried out after that: when there may have been another heartbeat. */
  'late-effect',
  /** The call is refused. */
  'throttle',
  /** From this call on, the table (or all queues) is out of reach for minutes, for everybody. */
  'outage',
  /** The request takes longer than a lease lives. */
  'slow-request',
  /** The answer takes longer than a lease lives. */
  'slow-answer',
  /** The whole instance freezes for longer than a lease lives, before the call is made. */
  'freeze',
] as const;

/** For a scenario in which a second copy of a message would take another way than the first: nobody holds that one up. */
export const allButRepeat = faults.filter((fault) => fault !== 'repeat');

/** Where there are servers, one of them is told to stop right before the call: the one that makes it, if it is a server's. */
export const serverFaults = [...faults, 'stop'] as const;
export type Fault = (typeof serverFaults)[number];

/** With these, a call is carried out twice and nothing else is different. */
export const repetitions: readonly Fault[] = ['repeat', 'echo', 'late-echo'];

/** One call through a port. */
export interface Call {
  readonly number: number;
  readonly what: string;
}

/** Decides, call by call, what goes wrong. */
export type FaultPlan = (call: Call) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

export const faultAt =
  (number: number, fault: Fault): FaultPlan =>
  (call) =>
    call.number === number ? fault : undefined;

/** A call, and what goes wrong with it. */
export interface Case {
  readonly call: number;
  readonly fault: Fault;
}

/** Every call with every fault. */
export const disturbances = (calls: readonly string[], all: readonly Fault[]): readonly Case[] =>
  calls.flatMap((what, index) =>
    all
      // A repeated read changes nothing: it would be the undisturbed run again.
      .filter((fault) => !what.startsWith('read') || !repetitions.includes(fault))
      .map((fault) => ({ call: index + 1, fault })),
  );
