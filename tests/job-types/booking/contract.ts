import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/index.ts';

/** Holds seats, waits, and charges for them, each in a step of its own; for tests of steps. */
export const booking = defineJob({
  queue: 'long',
  payload: z.strictObject({
    seats: z.int().check(z.gte(0), z.lte(10_000)),
    waitSeconds: z.int(),
    approveWithin: z.optional(z.int()),
    /** What it asks for in place of `approve`, and its words. */
    asks: z.optional(
      z.strictObject({
        signal: z.enum(['spend', 'seat']),
        question: z.string(),
        about: z.optional(z.string()),
      }),
    ),
  }),
  result: z.strictObject({ seats: z.array(z.string()), charge: z.nullable(z.string()) }),
  hasSteps: true,
  signals: {
    approve: z.strictObject({ isOk: z.boolean(), note: z.optional(z.string()) }),
    /** One with words for people. */
    spend: z
      .strictObject({
        isOk: z.boolean().check(z.meta({ labels: { true: 'Approve', false: 'Refuse' } })),
        limit: z.optional(z.int().check(z.meta({ title: 'Up to how many euros?' }))),
        pin: z.optional(z.string().check(z.meta({ title: 'Your PIN', secret: true }))),
      })
      .check(z.meta({ title: 'Approve an expense', description: 'You decide for your team.' })),
    seat: z.strictObject({
      place: z
        .enum(['window', 'aisle'])
        .check(z.meta({ title: 'Which seat?', labels: { window: 'At the window', aisle: 'On the aisle' } })),
    }),
  },
  timeoutSeconds: 600,
  maxAttempts: 3,
});
