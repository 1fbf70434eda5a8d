import * as z from 'zod/mini';

/** How a call of a service of AWS has failed. */
export type FailedCall =
  /** There was no connection, or there were no credentials: the service has not seen the call. */
  | 'notReached'
  /** There was no answer, or none that can be one. The service may have done what was asked. */
  | 'unanswered'
  /** The service, or what stands before it, failed: 5xx. The same holds. */
  | 'fault'
  /** It takes fewer calls. */
  | 'throttled'
  /** Refused for a reason that passes: a right, a token, a clock, somebody else's call at the same time. */
  | 'passing'
  /** Refused, as it would be at any other time. */
  | 'refused'
  /** Node.js has refused to make the request, such as for a header. Nothing was sent. */
  | 'unmade'
  /** A value cannot be serialized, or our own code is at fault. */
  | 'broken';

/**
 * Names of refusals that mean this, whatever their status from 400 to 499: DynamoDB and SQS say with 400 what others
 * say with 403 and 429. Of all services together, since no name means two things.
 */
const passing: readonly string[] = [
  // Time: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the common errors of the others.
  'RequestExpired',
  'RequestTimeout',
  'RequestTimeoutException',
  'RequestTimeTooSkewed',
  // Tokens and signatures: the credentials of this process change, and a right is there seconds after its role.
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidToken',
  'KmsAccessDenied',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
  // Conflicts that DynamoDB and SQS answer with 400. Where a condition is asked for, its refusal is an answer, and
  // comes nowhere else.
  'ConditionalCheckFailedException',
  'QueueDeletedRecently',
  'ReplicatedWriteConflictException',
  'TransactionConflictException',
  'TransactionInProgressException',
  // Something of the stage's own is gone, as before a restore is done: that says nothing of what was asked. SES has
  // another name.
  'AWS.SimpleQueueService.NonExistentQueue',
  'NoSuchBucket',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
];
const throttled: readonly string[] = [
  // "Maximum sending rate exceeded" and "Daily message quota exceeded" of SES come under one of these names.
  'KmsThrottled',
  'LimitExceededException',
  'OverLimit',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  /** Of Scheduler, with 402: a schedule that fires makes room for another. */
  'ServiceQuotaExceededException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
];

/** The same of another name. All others are refused for good. */
const byStatus: Readonly<Record<number, FailedCall>> = {
  403: 'passing',
  408: 'passing',
  409: 'passing',
  429: 'throttled',
};

/** What Node.js did when it failed, if there was no connection yet. */
const beforeConnection: readonly unknown[] = ['connect', 'getaddrinfo'];
/** A time-out of the SDK has no other mark than its text. With another text, nobody knows what was sent. */
const noConnection = 'did not establish a connection';
/** Node.js has no other mark for a connection that ends within the handshake of TLS. */
const noTls = 'before secure TLS connection was established';
/**
 * The certificate is looked at before anything is sent: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const ofCertificate =
  /^(CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;
/** Node.js refuses to make the request. */
const ofHeader = ['ERR_INVALID_CHAR', 'ERR_HTTP_INVALID_HEADER_VALUE', 'ERR_INVALID_HTTP_TOKEN'];
const ofRequest: readonly unknown[] = [...ofHeader, 'ERR_UNESCAPED_CHARACTERS', 'ERR_INVALID_URL'];
/**
 * JSON, or the attributes of an item, have no such value. A `fetch` that fails is a TypeError, too, and has a cause.
 */
const ofValue = ['TypeError', 'RangeError', 'URIError'];

const answered = z.object({ httpStatusCode: z.optional(z.number()) });
const thrown = z.object({
  name: z.string(),
  message: z.string(),
  code: z.optional(z.unknown()),
  cause: z.optional(z.unknown()),
  syscall: z.optional(z.unknown()),
  /** If a name has several addresses: why each of them could not be reached. */
  errors: z.optional(z.array(z.object({ syscall: z.optional(z.unknown()) }))),
  $metadata: z.optional(answered),
});
type Thrown = z.infer<typeof thrown>;

/**
 * How a call has failed, by what it has thrown. What is not known to be something else was not answered. Never throws.
 */
export function failedCallOf(error: unknown): FailedCall {
  const known = readThrown(error);
  if (!known) return 'unanswered';
  const status = known.$metadata?.httpStatusCode;
  if (status === undefined) return withoutAnswer(known);
  if (status >= 500) return 'fault';
  if (status < 400) return 'unanswered';
  if (passing.includes(known.name)) return 'passing';
  if (throttled.includes(known.name)) return 'throttled';
  return byStatus[status] ?? 'refused';
}

/**
 * Whether the same call would fail at any time. What else fails is an outage, or, of what must not be done twice, in
 * doubt.
 */
export const canNeverSucceed = (error: unknown): boolean =>
  ['refused', 'unmade', 'broken'].includes(failedCallOf(error));

function readThrown(error: unknown): Thrown | undefined {
  try {
    return thrown.safeParse(error).data;
  } catch {
    return undefined;
  }
}

function withoutAnswer(error: Thrown): FailedCall {
  const { name, code, cause } = error;
  if (ofRequest.includes(code)) return 'unmade';
  if (code === undefined && cause === undefined && ofValue.includes(name)) return 'broken';
  return wasConnected(error) ? 'unanswered' : 'notReached';
}

function wasConnected({ name, message, code, syscall, errors }: Thrown): boolean {
  if (name === 'CredentialsProviderError' || message.includes(noTls)) return false;
  if (name === 'TimeoutError' && message.includes(noConnection)) return false;
  if (ofCertificate.test(String(code))) return false;
  const failed = errors && errors.length > 0 ? errors.map((each) => each.syscall) : [syscall];
  return !failed.every((each) => beforeConnection.includes(each));
}
