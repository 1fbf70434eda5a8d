import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import { NewerVersionError } from '../../base/errors.ts';

const newerItem = z.object({
  id: z.string(),
  version: z.number(),
  tenant: z.optional(z.string()),
  listPosition: z.optional(z.string()),
});

/** All that is known of an item that only newer code can read. */
export type NewerItem = z.infer<typeof newerItem>;

/** Items that could be read, and apart from them those that could not. */
export interface ReadApart<Item> {
  readonly items: readonly Item[];
  readonly newer: readonly NewerItem[];
}

/**
 * Reads items of a list. One that only newer code can read must not hide the others: after a rollback a list may have
 * some. A shape that is unknown, such as a new status, is newer code's, too.
 * @throws what `read` throws of something that is no item at all
 */
export function readApart<Stored, Item>(
  stored: readonly Stored[],
  read: (one: Stored) => Item,
): ReadApart<Item> {
  const items: Item[] = [];
  const newer: NewerItem[] = [];
  for (const one of stored)
    try {
      items.push(read(one));
    } catch (error) {
      const known = newerItem.safeParse(one);
      if (!known.success || !isOfNewerCode(error)) throw error;
      newer.push(known.data);
    }
  return { items, newer };
}

const isOfNewerCode = (error: unknown): boolean =>
  error instanceof NewerVersionError || error instanceof $ZodError;
