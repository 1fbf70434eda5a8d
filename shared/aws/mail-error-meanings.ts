import * as z from 'zod/mini';

/** What an error of a call to SES says about its mail. */
export type Meaning =
  /** Not sent, and it will not be: the sender, the account or the mail is at fault. */
  | 'refused'
  /** Not sent: SES takes fewer mails a second, or a day. */
  | 'throttled'
  /** Not sent, for a reason that passes. */
  | 'unavailable'
  /** SES may have taken it. */
  | 'doubt';

/** What an answer 4xx says, by the name of its error. One that is not here says that the request was refused. */
export const meanings: Readonly<Record<string, Meaning>> = {
  AccountSuspendedException: 'refused',
  BadRequestException: 'refused',
  MailFromDomainNotVerifiedException: 'refused',
  /** Also in the sandbox, if an address is not verified. */
  MessageRejected: 'refused',
  NotFoundException: 'refused',
  SendingPausedException: 'refused',
  /** "Maximum sending rate exceeded" and "Daily message quota exceeded" come under one of these names. */
  LimitExceededException: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequestsException: 'throttled',
  /** The credentials or the clock of this process: the next attempt has others. */
  ExpiredTokenException: 'unavailable',
  RequestExpired: 'unavailable',
  RequestTimeoutException: 'unavailable',
};

/** What Node.js did when it failed, if there was no connection yet. */
const beforeConnection: readonly unknown[] = ['connect', 'getaddrinfo'];
/** A time-out of the SDK has no other mark than its text. With another text, it is a doubt. */
const noConnection = 'did not establish a connection';

const thrown = z.object({
  name: z.string(),
  message: z.string(),
  syscall: z.optional(z.unknown()),
  /** If a name has several addresses: why each of them could not be reached. */
  errors: z.optional(z.array(z.object({ syscall: z.optional(z.unknown()) }))),
  $metadata: z.optional(z.object({ httpStatusCode: z.optional(z.number()) })),
});

/** What is not known to mean that the mail was not sent, is a doubt. */
export function meaningOf(error: unknown): Meaning {
  const { success, data } = thrown.safeParse(error);
  if (!success) return 'doubt';
  const status = data.$metadata?.httpStatusCode;
  if (status === undefined) return hadConnection(data) ? 'doubt' : 'unavailable';
  if (status < 400 || status >= 500) return 'doubt';
  return Object.hasOwn(meanings, data.name)
    ? (meanings[data.name] ?? 'refused')
    : status === 429
      ? 'throttled'
      : 'refused';
}

function hadConnection({ name, message, syscall, errors }: z.infer<typeof thrown>): boolean {
  if (name === 'CredentialsProviderError') return false;
  if (name === 'TimeoutError' && message.includes(noConnection)) return false;
  const failed = errors && errors.length > 0 ? errors.map((each) => each.syscall) : [syscall];
  return !failed.every((each) => beforeConnection.includes(each));
}
