import * as z from 'zod/mini';
import type { WebhookSecrets } from '../access/webhook-secrets.ts';
import { time } from './job-response.ts';

const secret = z.string().check(z.regex(/^whsec_[A-Za-z0-9+/]{43}=$/));

/** The query of `GET /webhook-secret`: whose secret it is. */
export const webhookSecretQuery = z.object({
  url: z.string('name the address of the receiver: ?url=https://...'),
});

/** The answer of `GET /webhook-secret`. */
export const webhookSecretResponse = z.object({
  /** Without the query. */
  url: z.string(),
  secret,
  previous: z.optional(z.object({ secret, until: time })),
});
export type WebhookSecretResponse = z.infer<typeof webhookSecretResponse>;

/** The secrets of an endpoint, as the API shows them to callers that may see them. */
export const shownSecrets = (url: string, { secret, previous }: WebhookSecrets): WebhookSecretResponse => ({
  url,
  secret,
  ...(previous
    ? { previous: { secret: previous.secret, until: new Date(previous.until).toISOString() } }
    : {}),
});
