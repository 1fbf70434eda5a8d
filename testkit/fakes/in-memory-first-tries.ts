import type { Debounces, FirstTries, FirstTry } from '../../shared/domain/state/first-try.ts';

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

/** The numbers as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryDebounces implements Debounces {
  readonly numbers = new Map<string, number>();

  async read(keyId: string): Promise<number | undefined> {
    return this.numbers.get(keyId);
  }

  async raise(
    keyId: string,
    { from, to }: { readonly from: number | undefined; readonly to: number },
  ): Promise<boolean> {
    if (this.numbers.get(keyId) !== from) return false;
    this.numbers.set(keyId, to);
    return true;
  }
}
