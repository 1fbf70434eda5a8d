import type { AccessEntry } from './access-entry.ts';

/** The access table, as far as a public function may use it. */
export interface AccessStore {
  /** An eventually consistent read. @throws StoreUnavailableError */
  read(id: string): Promise<AccessEntry | undefined>;
}
