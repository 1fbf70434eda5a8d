import * as z from 'zod/v4/core';
import type { Contracts, JobContract } from '../shared/author/contract.ts';
import { askFairBy } from '../shared/author/fair-key.ts';
import type { Handlers, JobHandler, SubmittedPayload } from '../shared/author/handler.ts';
import { askDebounce, askUnique } from '../shared/author/unique-key.ts';
import { writeCheckpoint } from '../shared/worker/hold/checkpoint-text.ts';
import type { ChildUnderTest } from './children.ts';
import type { EffectCalls, Effects, Outside, OutsideClock } from './effects.ts';
import type { FindingKind } from './findings.ts';
import { defaultTime, tenant } from './objects.ts';

/**
 * A job type under test: its contract, with its handler or, if the handler is given what it calls, with a function that
 * makes it from the effects of the test.
 */
export type JobUnderTest<Contract extends JobContract, All extends Effects> =
  | { readonly contract: Contract; readonly handler: JobHandler<Contract> }
  | {
      readonly contract: Contract;
      readonly handlerWith: (effects: EffectCalls<All>) => JobHandler<Contract>;
    };

/** An answer that the job waits for. */
export interface GivenSignal {
  readonly name: string;
  /** Default: the name. */
  readonly key?: string;
  readonly answer: unknown;
  /** Who has answered by a link that was made `as` somebody. */
  readonly as?: string;
}

export interface TestOptions<All extends Effects = Effects> {
  /** Makes the effects of a run: a function, so that every run begins with services that have seen nothing. */
  readonly effects?: (clock: OutsideClock) => All;
  /** Instead of `effects`: with a check of what is outside when the job has ended. */
  readonly outside?: (clock: OutsideClock) => Outside<All>;
  /** How long another worker waits for a silent one, seconds. Default: 60, as deployed. */
  readonly leaseSeconds?: number;
  /** What is in uploaded objects, by the names that `uploadedObject` makes. */
  readonly objects?: Readonly<Record<string, Uint8Array | string>>;
  /** When the job is submitted, epoch milliseconds. Default: half a minute before the end of January 2026. */
  readonly submittedAt?: number;
  /** The state that the job goes on from. Default: none, it begins */
  readonly resume?: unknown;
  /**
   * The answers that the user sends, each as soon as the job waits for it. Without one, the job waits until its time is
   * over.
   */
  readonly signals?: readonly GivenSignal[];
  /** The types of children that the job spawns, by their names: see `childHandler` and `childResult`. */
  readonly children?: Readonly<Record<string, ChildUnderTest>>;
  /** What is not a fault in this job, for example `time read` in one that measures how long it takes. */
  readonly allow?: readonly FindingKind[];
}

export type Calls = Readonly<Record<string, (...all: unknown[]) => Promise<unknown>>>;
export type AnyHandler = Handlers[string];

/** A job under test, when it no longer matters which types its payload, its result and its effects have. */
export interface Subject {
  readonly name: string;
  readonly contract: JobContract;
  readonly payload: unknown;
  /** What the test has imported: the handler, or what makes it of its effects. */
  readonly exported: unknown;
  /** Whether that is a copy, which has contracts of its own. */
  readonly isCopy?: boolean;
  /** @param exported the same, as another process has imported it */
  readonly handlerOf: (calls: Calls, exported?: unknown) => AnyHandler;
  readonly outside: (clock: OutsideClock) => Outside;
  readonly leaseMs: number;
  readonly submittedAt: number;
  /** The state that it goes on from, JSON text. */
  readonly resume: string | undefined;
  /** What is in the bucket, by name. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly signals: readonly GivenSignal[];
  /** The types of its children, by name. */
  readonly children: Readonly<Record<string, ChildUnderTest>>;
  /** Of the job and of its children, by name. */
  readonly contracts: Contracts;
}

const bytesOf = (objects: NonNullable<TestOptions['objects']>): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(objects).map(([name, content]) => [name, Buffer.from(content)]));

/** @throws TypeError if the answer does not fit the contract */
function fitting(signal: GivenSignal, { signals = {} }: JobContract): GivenSignal {
  const schema = Object.hasOwn(signals, signal.name) ? signals[signal.name] : undefined;
  if (!schema) throw new TypeError(`the contract has no signal "${signal.name}"`);
  const parsed = z.safeParse(schema, signal.answer);
  if (parsed.success) return signal;
  throw new TypeError(`the answer does not fit the contract: ${z.prettifyError(parsed.error)}`);
}

/**
 * @throws TypeError if the payload or an answer does not fit the contract, or `fairBy`, `unique.key` or `debounce.key`
 * returns no text; what they throw; CheckpointError if the state does not fit
 */
export function subjectOf<Contract extends JobContract, All extends Effects>(
  type: JobUnderTest<Contract, All>,
  payload: SubmittedPayload<Contract>,
  {
    effects,
    outside,
    leaseSeconds = 60,
    submittedAt = defaultTime,
    resume,
    objects = {},
    signals = [],
    children = {},
  }: TestOptions,
): Subject {
  const { contract } = type;
  const parsed = z.safeParse(contract.payload, payload);
  if (!parsed.success)
    throw new TypeError(`the payload does not fit the contract: ${z.prettifyError(parsed.error)}`);
  // The engine would take the tenant in place of what cannot be had, and nobody would learn of it.
  askFairBy(contract, { tenant, payload });
  // Over HTTP each submission of such a job would be refused.
  askUnique(contract, payload);
  askDebounce(contract, { tenant, payload });
  const own = 'handler' in type ? type.handler : type.handlerWith;
  // The compiler has checked that the effects fit the handler; from here on only their names matter.
  const handlerOf = (calls: Calls, exported: unknown = own): AnyHandler =>
    'handler' in type
      ? (exported as typeof type.handler)
      : (exported as typeof type.handlerWith)(calls as EffectCalls<All>);
  const onlyEffects = (clock: OutsideClock): Outside => ({
    effects: effects?.(clock) ?? {},
    fault: () => undefined,
  });
  const common = {
    outside: outside ?? onlyEffects,
    leaseMs: leaseSeconds * 1000,
    submittedAt,
    resume: resume === undefined ? undefined : writeCheckpoint(contract, resume),
    objects: bytesOf(objects),
    signals: signals.map((signal) => fitting(signal, contract)),
    children,
  };
  const name = own.name || 'job';
  const ofChildren = Object.entries(children).map(([type, child]) => [type, child.contract] as const);
  // A job that spawns its own type finds that of its children first.
  const contracts: Contracts = { ...Object.fromEntries(ofChildren), [name]: contract };
  return { name, contracts, contract, payload, exported: own, handlerOf, ...common };
}
