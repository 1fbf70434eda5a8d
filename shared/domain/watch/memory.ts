import * as z from 'zod/mini';

const openTrouble = z.object({
  /** Of the list of troubles. */
  name: z.string(),
  /** A queue, a schedule, a service, or the stage. */
  where: z.string(),
  what: z.string(),
  /** Epoch milliseconds, as all times here. */
  since: z.number(),
});
export type OpenTrouble = z.infer<typeof openTrouble>;

const seenQueue = z.object({
  /** Messages of any kind, when they were counted. */
  total: z.number(),
  /** Since when there has always been a visible message, and nothing has started. */
  standingSince: z.optional(z.number()),
  /** The queue has become empty at a stroke: how many messages it had before. */
  dropped: z.optional(z.number()),
  purged: z.optional(z.object({ at: z.number(), lost: z.number() })),
});
export type SeenQueue = z.infer<typeof seenQueue>;

const memory = z.object({
  /** Those that had messages lately. */
  queues: z.record(z.string(), seenQueue),
  /** Queues that only a person empties: how many messages they had, and when there were last more of them. */
  piles: z.record(z.string(), z.object({ count: z.number(), grewAt: z.number() })),
  /** Since when each recurring schedule has been there, and was not paused. */
  schedules: z.record(z.string(), z.number()),
  open: z.array(openTrouble),
  /** When a pause has ended last that may have held jobs of groups, if that is some hours ago at most. */
  resumedAt: z.optional(z.number()),
});
/** What a check knows of those before it. It does not change while nothing happens. */
export type Memory = z.infer<typeof memory>;

export const nothingSeen: Memory = { queues: {}, piles: {}, schedules: {}, open: [] };

/** @returns nothing seen if other code has written the text: then the troubles that are open are told once more */
export function readMemory(text: string): Memory {
  const { data = nothingSeen } = memory.safeParse(JSON.parse(text));
  return data;
}
