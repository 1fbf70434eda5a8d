import * as z from 'zod/mini';
import type { Kind, Records } from '../../base/records.ts';
import { writeVersion } from '../../base/versioned-record.ts';

/** How far the look for stuck jobs has come. */
export interface Pass {
  /** When it began, epoch milliseconds; 0 if there was none. */
  readonly startedAt: number;
  /** Where it goes on. Absent: it is complete. */
  readonly next?: string | undefined;
}

/** Every call @throws StoreUnavailableError */
export interface PassState {
  read(): Promise<Pass & { readonly version: number }>;
  /** @param version that was read. @returns false if another pass has written since */
  write(pass: Pass, version: number): Promise<boolean>;
}

/** No id of a job looks like this. */
export const passItemId = 'stuck-jobs';

export const passStateKind = {
  id: passItemId,
  has: 'how far the look for [stuck jobs](adr/0081-stuck-jobs.md) has come',
  expires: 'never',
} as const satisfies Kind;

const shape = z.object({
  passVersion: z._default(z.number(), 0),
  startedAt: z._default(z.number(), 0),
  next: z.optional(z.string()),
});

export const passStateIn = (records: Records<'stuck-jobs'>): PassState => ({
  async read() {
    const item = await records.read(passItemId, 'read how far it is');
    const { passVersion: version, ...pass } = shape.parse(item ?? {});
    return { ...pass, version };
  },
  write: ({ startedAt, next }, version) =>
    writeVersion(
      { records, id: passItemId, versionName: 'passVersion', name: 'write how far it is' },
      { startedAt, next },
      version,
    ),
});
