import * as z from 'zod/mini';
import { right } from '../domain/access/access-entry.ts';
import type { JobsPerMinute } from '../operations/tenant-door.ts';
import type { Caller } from './access/caller.ts';
import { time } from './job-response.ts';

/** The answer of `GET /me`: who the credential of the request stands for. */
export const meResponse = z.object({
  tenant: z.string(),
  rights: z.array(right),
  /** Absent without an API key. */
  key: z.optional(z.object({ id: z.string(), expiresAt: z.optional(time) })),
  /** Those that there are. */
  limits: z.optional(z.object({ jobsPerMinute: z.optional(z.object({ max: z.int(), remaining: z.int() })) })),
});
export type MeResponse = z.infer<typeof meResponse>;

export const toMeResponse = (
  { tenant, rights, key }: Caller,
  jobsPerMinute: JobsPerMinute | undefined,
): MeResponse => ({
  tenant,
  rights: [...rights],
  ...(key === undefined ? {} : { key: { id: key.id, ...expiry(key.expiresAt) } }),
  ...(jobsPerMinute === undefined ? {} : { limits: { jobsPerMinute } }),
});

const expiry = (expiresAt: number | undefined) =>
  expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() };
