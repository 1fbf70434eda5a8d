import type { Debounces } from '../../shared/domain/state/first-try.ts';

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
