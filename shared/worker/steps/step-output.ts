import { StepError } from '../../domain/base/errors.ts';
import { never } from '../../domain/base/never.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { StepRecord } from '../../domain/state/stored/saved-steps.ts';
import type { OutputStream } from '../hold/output-stream.ts';
import { type StateDependencies, storeOutput } from '../hold/saved-states.ts';
import type { StateObjects } from '../hold/state-objects.ts';
import type { StepMemo } from './step-memo.ts';
import { requireInside } from './step-work.ts';

interface Writing {
  readonly item: Pick<JobItem, 'tenant' | 'id'>;
  readonly stream: OutputStream;
  readonly memo: Pick<StepMemo, 'find' | 'keep'>;
  readonly states: Pick<StateObjects, 'keep'>;
}

/**
 * The output of a job with steps. Only the work of a step writes to it, one step at a time, and what it has written is
 * stored by the write that stores its result.
 */
export class StepOutput {
  readonly #own: Writing;
  readonly #deps: StateDependencies;
  /** The key of the step that writes. */
  #writer: string | undefined;

  constructor(own: Writing, deps: StateDependencies) {
    this.#own = own;
    this.#deps = deps;
  }

  /** Takes the bytes before it returns. @throws StepError; what `OutputStream.write` throws */
  write(chunk: string | Uint8Array): Promise<void> {
    const { key } = requireInside();
    if (this.#writer !== undefined && this.#writer !== key)
      throw new StepError(
        `the steps "${this.#writer}" and "${key}" write to the output at the same time: do one after the other`,
      );
    this.#writer = key;
    this.#own.stream.begin();
    return this.#own.stream.write(chunk);
  }

  /** Stores what a step has come to, and what it has written. @throws what `StepMemo.keep` and `storeOutput` throw */
  async keep(record: StepRecord): Promise<void> {
    const { item, stream, memo, states } = this.#own;
    if (this.#writer !== record.key) return memo.keep(record);
    // The handler has returned without it.
    if (stream.isFinished) return never();
    try {
      const snapshot = stream.snapshot();
      const output = snapshot && (await storeOutput(item, snapshot, this.#deps));
      if (output) states.keep({ output });
      await memo.keep(record, output);
    } finally {
      if (memo.find(record.key) === record) stream.accept();
      else stream.drop();
      this.#writer = undefined;
    }
  }

  /** The step has failed: another try writes anew. */
  drop(key: string): void {
    if (this.#writer !== key) return;
    this.#own.stream.drop();
    this.#writer = undefined;
  }
}
