import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/contract.ts';

const secret = <Schema extends z.ZodMiniType>(schema: Schema) => schema.check(z.meta({ secret: true }));

/** A job type with secret fields of every kind. */
export const secretive = defineJob({
  payload: z
    .strictObject({
      user: z.string(),
      token: secret(z.string().check(z.minLength(10))),
      account: z.optional(z.strictObject({ pin: secret(z.int()) })),
      headers: z.optional(secret(z.record(z.string(), z.string().check(z.maxLength(100))))),
      keys: z.optional(z.array(z.nullable(secret(z.string())))),
      login: z.optional(
        z.union([
          z.strictObject({ kind: z.literal('password'), password: secret(z.string()) }),
          z.strictObject({ kind: z.literal('none') }),
        ]),
      ),
    })
    .check(
      z.refine((payload) => payload.user !== payload.token, {
        error: ({ input }) => `the user must not be the token ${JSON.stringify(input)}`,
      }),
    ),
  result: z.strictObject({ user: z.string(), session: secret(z.string()) }).check(
    z.refine(({ user, session }) => user !== session, {
      error: ({ input }) => `the user must not be the session ${JSON.stringify(input)}`,
    }),
  ),
  checkpoint: z.strictObject({ cookie: secret(z.string()), step: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});

/** A payload, and what is secret in it. */
export const secretPayload = {
  user: 'a-user',
  token: 'tok-"3n\n9Qz7',
  account: { pin: 918_273 },
  headers: { 'x-api': 'hdr-55aa77' },
  keys: ['key-0f0f0f', null],
  login: { kind: 'password', password: 'pwd with space & more' },
};
export const secretSession = 'ses-77bb99';
export const secretCookie = 'cki-44cc22';
const inner = (text: string) => JSON.stringify(text).slice(1, -1);
/** Every form in which a secret might be found. */
export const secretTexts = [
  secretPayload.token,
  inner(secretPayload.token),
  encodeURIComponent(secretPayload.token),
  String(secretPayload.account.pin),
  'hdr-55aa77',
  'key-0f0f0f',
  secretPayload.login.password,
  encodeURIComponent(secretPayload.login.password),
  secretSession,
  secretCookie,
];
/** The secrets that a text quotes. */
export const secretsIn = (text: string): readonly string[] => {
  // A text in a text in a log line.
  const forms = (secret: string) => [secret, inner(secret), inner(inner(secret))];
  return secretTexts.filter((secret) => forms(secret).some((form) => text.includes(form)));
};
