import { type RootSecretEntry, rootSecretId } from '../../domain/access/access-entry.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { asError, RootSecretMissingError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';

interface RootSecretDependencies {
  /** The table itself: what this remembers, it remembers longer than a cache. */
  readonly store: AccessStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly stage: string;
}

/** Versions of keys take effect within a minute. */
const refreshMs = 50_000;

/**
 * The stage's root secret, read once and then looked at each minute for its versions. If that fails, the known one is
 * good for another minute: the secret itself never changes.
 */
export class RootSecret {
  readonly #deps: RootSecretDependencies;
  #known: RootSecretEntry | undefined;
  #readAt = 0;
  #reading: Promise<RootSecretEntry> | undefined;

  constructor(deps: RootSecretDependencies) {
    this.#deps = deps;
  }

  /** @throws RootSecretMissingError, StoreUnavailableError; neither once it was read */
  async read(): Promise<RootSecretEntry> {
    const isFresh = Math.abs(this.#deps.clock.now() - this.#readAt) < refreshMs;
    if (this.#known && isFresh) return this.#known;
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #refresh(): Promise<RootSecretEntry> {
    const { clock, log } = this.#deps;
    const now = clock.now();
    try {
      this.#known = await this.#readTable();
    } catch (thrown) {
      if (!this.#known) throw thrown;
      log.warn('root secret not refreshed', { error: asError(thrown) });
    }
    this.#readAt = now;
    return this.#known;
  }

  async #readTable(): Promise<RootSecretEntry> {
    const { store, stage } = this.#deps;
    const entry = await store.read(rootSecretId);
    if (entry?.kind === 'root') return entry;
    throw new RootSecretMissingError(
      `the access table has no root secret; run: npm run keys -- init --stage ${stage}`,
    );
  }
}
