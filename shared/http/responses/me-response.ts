import * as z from 'zod/mini';
import { right } from '../../domain/access/access-entry.ts';
import { type LimitName, limitNames } from '../../domain/access/limits.ts';
import type { LimitsInUse } from '../../operations/doors/tenant-door.ts';
import type { Caller } from '../access/caller.ts';
import { time } from './job-response.ts';

const limitInUse = z.optional(z.object({ max: z.int(), remaining: z.optional(z.int()) }));
const limitsInUse = Object.fromEntries(limitNames.map((name) => [name, limitInUse])) as Record<
  LimitName,
  typeof limitInUse
>;

/** The answer of `GET /me`: who the credential of the request stands for. */
export const meResponse = z.object({
  tenant: z.string(),
  rights: z.array(right),
  /** Absent without an API key. */
  key: z.optional(z.object({ id: z.string(), expiresAt: z.optional(time) })),
  /** Those that there are. */
  limits: z.optional(z.object(limitsInUse)),
});
export type MeResponse = z.infer<typeof meResponse>;

export const toMeResponse = (
  { tenant, rights, key }: Caller,
  limits: LimitsInUse | undefined,
): MeResponse => ({
  tenant,
  rights: [...rights],
  ...(key === undefined ? {} : { key: { id: key.id, ...expiry(key.expiresAt) } }),
  ...(limits === undefined ? {} : { limits }),
});

const expiry = (expiresAt: number | undefined) =>
  expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() };
