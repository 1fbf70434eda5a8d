import * as z from 'zod/mini';
import type { WebhookSecrets } from './access/webhook-secrets.ts';
import { time } from './job-response.ts';

const secret = z.string().check(z.regex(/^whsec_[A-Za-z0-9+/]{43}=$/));

/** The answer of `GET /webhook-secret`. */
export const webhookSecretResponse = z.object({
  secret,
  previous: z.optional(z.object({ secret, until: time })),
});
export type WebhookSecretResponse = z.infer<typeof webhookSecretResponse>;

/** A tenant's secrets, as the API shows them to whoever may see them. */
export const shownSecrets = ({ secret, previous }: WebhookSecrets): WebhookSecretResponse => ({
  secret,
  ...(previous
    ? { previous: { secret: previous.secret, until: new Date(previous.until).toISOString() } }
    : {}),
});
