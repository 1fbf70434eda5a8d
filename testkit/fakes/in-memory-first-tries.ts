import {
  type Debounces,
  debounceExpiresAt,
  type FirstTries,
  type FirstTry,
  firstTryExpiresAt,
} from '../../shared/domain/state/limits/first-try.ts';
import { ExpiringMap } from './expiring-map.ts';

/** The first tries as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryFirstTries implements FirstTries {
  readonly tries = new ExpiringMap<FirstTry>();

  async read(keyId: string): Promise<FirstTry | undefined> {
    return this.tries.get(keyId);
  }

  async keep(keyId: string, first: FirstTry, now: number): Promise<FirstTry> {
    const kept = this.tries.get(keyId);
    if (!kept) this.tries.keep(keyId, first, firstTryExpiresAt(now));
    return kept ?? first;
  }

  async move(
    keyId: string,
    { from, to }: { readonly from: FirstTry; readonly to: FirstTry },
    now: number,
  ): Promise<FirstTry> {
    if (this.tries.get(keyId)?.jobId === from.jobId) this.tries.keep(keyId, to, firstTryExpiresAt(now));
    return this.keep(keyId, to, now);
  }
}

/** The numbers as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryDebounces implements Debounces {
  readonly numbers = new ExpiringMap<number>();

  async read(keyId: string): Promise<number | undefined> {
    return this.numbers.get(keyId);
  }

  async raise(
    keyId: string,
    { from, to }: { readonly from: number | undefined; readonly to: number },
    now: number,
  ): Promise<boolean> {
    if (this.numbers.get(keyId) !== from) return false;
    this.numbers.keep(keyId, to, debounceExpiresAt(now));
    return true;
  }
}
