import * as z from 'zod/v4/core';
import type { JobContract } from '../../author/contract.ts';
import type { SecretValues } from '../../author/secret-values.ts';
import type { FirstOf, FirstOfAll, SignalOptions, WaitOptions } from '../../author/waits.ts';
import { nameInLink } from '../../domain/access/signal-link.ts';
import { defined } from '../../domain/base/defined.ts';
import { SignalTimeoutError, StepError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { type Decision, maxQuestion, type OpenWait } from '../../domain/state/stored/saved-signals.ts';
import type { JobSteps } from './job-steps.ts';
import type { SignalMemo } from './signal-memo.ts';
import { keyTaken, type StepMemo } from './step-memo.ts';

interface Signaling {
  readonly contract: JobContract;
  readonly run: number;
  readonly steps: Pick<JobSteps, 'take' | 'timeOf' | 'tracked' | 'endSlice'>;
  /** It keeps when each wait is closed. */
  readonly memo: Pick<StepMemo, 'find' | 'keep'>;
  readonly signals: SignalMemo;
  readonly secrets: SecretValues;
  readonly clock: Clock;
}

/** The children that a wait is for. */
export interface AwaitedBatch {
  readonly haveEnded: () => Promise<boolean>;
  /** The slice ends with the wait, and the job goes on when they have ended: not if something else came first. */
  readonly awaits: () => void;
}

interface AwaitedSignal {
  readonly name: string;
  readonly key: string;
  readonly until: Date | number;
  readonly question?: string | undefined;
  /** The children that it waits for, too. */
  readonly batch?: AwaitedBatch;
}

/**
 * The waits for answers of one slice. What comes first, the answer, the ends of children or the end of the wait, is
 * decided by one conditional write and stored. A later call reads the decision, and nothing else.
 */
export class JobSignals {
  readonly #signaling: Signaling;

  constructor(signaling: Signaling) {
    this.#signaling = signaling;
  }

  /** See `JobContext.waitForSignal`. */
  async waitForSignal(name: string, { key = name, within, question }: SignalOptions): Promise<unknown> {
    const first = await this.first({ name, key, until: within, question });
    if (first.by === 'signal') return first.answer;
    throw new SignalTimeoutError(`no answer to "${key}" (${name}) came in time`);
  }

  /** See `JobContext.waitFor`. */
  async waitFor(
    key: string,
    { until, signal, question }: WaitOptions & { readonly signal: string },
  ): Promise<FirstOf<unknown>> {
    return this.first({ name: signal, key, until, question }) as Promise<FirstOf<unknown>>;
  }

  /** What came first, once and for all. */
  async first({ name, key, until, question, batch }: AwaitedSignal): Promise<FirstOfAll<unknown>> {
    const { steps, signals, clock } = this.#signaling;
    const schema = this.#schemaOf(name);
    steps.take(key);
    const wait = { name, key, ...this.#asked(question) };
    signals.take(wait);
    let decision = signals.decisionOf(wait);
    const closesAt = decision ? 0 : await this.#timeOf(key, until);
    const isOver = decision ? false : await batch?.haveEnded();
    // Meanwhile an answer may have come.
    decision ??= signals.decisionOf(wait);
    if (!decision && !isOver && clock.now() < closesAt) {
      batch?.awaits();
      signals.open({ ...wait, until: closesAt });
      return steps.endSlice(closesAt, key);
    }
    const close = () => signals.close(wait, isOver ? 'children' : 'time');
    return this.#read(decision ?? (await steps.tracked(close)), schema, key);
  }

  /** Anybody with the link reads it. @throws StepError */
  #asked(question: string | undefined): Pick<OpenWait, 'question'> {
    if (question === undefined) return {};
    if (question === '' || question.length > maxQuestion || !question.isWellFormed())
      throw new StepError(`the question of a wait has 1 to ${maxQuestion} characters, and no half ones`);
    return { question: this.#signaling.secrets.hide(question) };
  }

  /** @throws StepError */
  #schemaOf(name: string): z.$ZodType {
    const { contract } = this.#signaling;
    const all = contract.signals ?? {};
    const schema = Object.hasOwn(all, name) ? all[name] : undefined;
    if (schema) return schema;
    throw new StepError(`the contract of this type has no signal "${name}"`);
  }

  /** When the wait is closed: set when it is first asked for, and anew when the user retries the job. */
  async #timeOf(key: string, until: Date | number): Promise<number> {
    const { memo, run, steps } = this.#signaling;
    const record = memo.find(key);
    if (record && !record.wait) throw keyTaken(key);
    if (record?.wait?.run === run) return record.wait.until;
    const at = steps.timeOf(until);
    await steps.tracked(() => memo.keep({ key, wait: { run, until: at } }));
    return at;
  }

  async #read(decision: Decision, schema: z.$ZodType, key: string): Promise<FirstOfAll<unknown>> {
    if (decision.by !== 'signal') return { by: decision.by };
    const { signals, steps, secrets } = this.#signaling;
    const value = await steps.tracked(() => signals.valueOf(decision.answer));
    secrets.add(schema, value);
    const parsed = z.safeParse(schema, value);
    if (parsed.success)
      return { by: 'signal', answer: parsed.data, ...defined({ as: nameInLink(decision.answer.by) }) };
    throw new StepError(
      `the answer to "${key}" does not fit its contract any more: ${secrets.describeIssues(schema, parsed.error)}`,
    );
  }
}
