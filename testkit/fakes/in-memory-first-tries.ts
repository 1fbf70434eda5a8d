import type { FirstTries, FirstTry } from '../../shared/domain/state/first-try.ts';

/** The first tries as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryFirstTries implements FirstTries {
  readonly tries = new Map<string, FirstTry>();

  async keep(keyId: string, first: FirstTry): Promise<FirstTry> {
    const kept = this.tries.get(keyId) ?? first;
    this.tries.set(keyId, kept);
    return kept;
  }

  async move(
    keyId: string,
    { from, to }: { readonly from: FirstTry; readonly to: FirstTry },
  ): Promise<FirstTry> {
    if (this.tries.get(keyId)?.jobId === from.jobId) this.tries.set(keyId, to);
    return this.keep(keyId, to);
  }
}
