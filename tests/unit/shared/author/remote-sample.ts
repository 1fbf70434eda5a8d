import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import type { JobHandler } from '../../../../shared/author/handler.ts';
import { type RemoteService, remote } from '../../../../shared/author/remote.ts';
import { remoteState } from '../../../../shared/author/remote-state.ts';

/** A job that another service does. */
export const contract = defineJob({
  queue: 'long',
  payload: z.strictObject({ text: z.string() }),
  result: z.strictObject({ length: z.int() }),
  checkpoint: remoteState,
  hasCancel: true,
  timeoutSeconds: 300,
  maxAttempts: 3,
});

export type Payload = { text: string };
export type Result = { length: number };
export type Handler = JobHandler<typeof contract>;

export const settings = { listingLagSeconds: 60, pollSeconds: 5, maxPollSeconds: 60 };

export const measure = (service: RemoteService<Payload, Result>): Handler => remote(service, settings);

export const resultOf = ({ text }: Payload): Result => ({ length: text.length });
export const payload = { text: 'abc' };
