import { describe, expect, test } from '@jest/globals';
import { mailErrorOf } from '../../../../../shared/aws/notify/mailer.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import {
  canNeverSucceed,
  type FailedCall,
  failedCallOf,
} from '../../../../../shared/domain/base/failed-call.ts';
import {
  MailDoubtError,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../../shared/domain/notify/mail-ports.ts';
import { isOutage } from '../../../../../shared/worker/hold/error-policy.ts';

const anError = (over: object, name = 'Error') => Object.assign(new Error('no'), { name, ...over });
const answered = (name: string, httpStatusCode: number) =>
  anError({ $metadata: { httpStatusCode, attempts: 1 } }, name);

/** What each service answers, and what that is. */
const answers: readonly (readonly [service: string, status: number, name: string, FailedCall])[] = [
  ['S3', 200, 'InternalError', 'unanswered'],
  ['S3', 301, 'PermanentRedirect', 'unanswered'],
  ['S3', 400, 'RequestTimeout', 'passing'],
  ['S3', 400, 'ExpiredToken', 'passing'],
  ['S3', 400, 'InvalidToken', 'passing'],
  ['S3', 400, 'TokenRefreshRequired', 'passing'],
  ['S3', 400, 'EntityTooLarge', 'refused'],
  ['S3', 400, 'EntityTooSmall', 'refused'],
  ['S3', 400, 'InvalidArgument', 'refused'],
  ['S3', 400, 'InvalidDigest', 'refused'],
  ['S3', 400, 'InvalidRequest', 'refused'],
  ['S3', 400, 'MetadataTooLarge', 'refused'],
  ['S3', 400, '', 'refused'],
  ['S3', 403, 'AccessDenied', 'passing'],
  ['S3', 403, 'InvalidAccessKeyId', 'passing'],
  ['S3', 403, 'RequestTimeTooSkewed', 'passing'],
  ['S3', 403, 'SignatureDoesNotMatch', 'passing'],
  ['S3', 403, '', 'passing'],
  ['S3', 404, 'NoSuchBucket', 'passing'],
  ['S3', 404, 'NoSuchKey', 'refused'],
  ['S3', 405, 'MethodNotAllowed', 'refused'],
  ['S3', 409, 'ConditionalRequestConflict', 'passing'],
  ['S3', 409, 'OperationAborted', 'passing'],
  ['S3', 411, 'MissingContentLength', 'refused'],
  ['S3', 412, 'PreconditionFailed', 'refused'],
  ['S3', 429, 'TooManyRequests', 'throttled'],
  ['S3', 500, 'InternalError', 'fault'],
  ['S3', 503, 'SlowDown', 'fault'],
  ['SES', 200, 'SyntaxError', 'unanswered'],
  ['SES', 302, 'UnknownError', 'unanswered'],
  ['SES', 400, 'AccountSuspendedException', 'refused'],
  ['SES', 400, 'BadRequestException', 'refused'],
  ['SES', 400, 'ExpiredTokenException', 'passing'],
  ['SES', 400, 'IncompleteSignature', 'passing'],
  ['SES', 400, 'LimitExceededException', 'throttled'],
  ['SES', 400, 'MailFromDomainNotVerifiedException', 'refused'],
  ['SES', 400, 'MessageRejected', 'refused'],
  ['SES', 400, 'RequestExpired', 'passing'],
  ['SES', 400, 'SendingPausedException', 'refused'],
  ['SES', 400, 'Throttling', 'throttled'],
  ['SES', 400, 'ThrottlingException', 'throttled'],
  ['SES', 400, 'toString', 'refused'],
  ['SES', 403, 'AccessDeniedException', 'passing'],
  ['SES', 403, 'ExpiredTokenException', 'passing'],
  ['SES', 403, 'InvalidClientTokenId', 'passing'],
  ['SES', 403, 'InvalidSignatureException', 'passing'],
  ['SES', 403, 'MissingAuthenticationTokenException', 'passing'],
  ['SES', 403, 'NotJsonError', 'passing'], // the page of a proxy
  ['SES', 404, 'NotFoundException', 'refused'],
  ['SES', 408, 'RequestTimeoutException', 'passing'],
  ['SES', 408, 'UnknownError', 'passing'],
  ['SES', 409, 'ConflictException', 'passing'],
  ['SES', 422, 'UnknownException', 'refused'],
  ['SES', 429, 'TooManyRequestsException', 'throttled'],
  ['SES', 429, 'UnknownException', 'throttled'],
  ['SES', 500, 'ConcurrentModificationException', 'fault'],
  ['SES', 500, 'InternalServiceErrorException', 'fault'],
  ['SES', 502, 'NotJsonError', 'fault'],
  ['SES', 503, 'ThrottlingException', 'fault'],
  ['DynamoDB', 400, 'AccessDeniedException', 'passing'],
  ['DynamoDB', 400, 'ConditionalCheckFailedException', 'passing'],
  ['DynamoDB', 400, 'IncompleteSignatureException', 'passing'],
  ['DynamoDB', 400, 'InvalidSignatureException', 'passing'],
  ['DynamoDB', 400, 'ItemCollectionSizeLimitExceededException', 'refused'],
  ['DynamoDB', 400, 'LimitExceededException', 'throttled'],
  ['DynamoDB', 400, 'MissingAuthenticationTokenException', 'passing'],
  ['DynamoDB', 400, 'ProvisionedThroughputExceededException', 'throttled'],
  ['DynamoDB', 400, 'ReplicatedWriteConflictException', 'passing'],
  ['DynamoDB', 400, 'RequestLimitExceeded', 'throttled'],
  ['DynamoDB', 400, 'ResourceNotFoundException', 'passing'],
  ['DynamoDB', 400, 'SerializationException', 'refused'],
  ['DynamoDB', 400, 'ThrottlingException', 'throttled'],
  ['DynamoDB', 400, 'TransactionConflictException', 'passing'],
  ['DynamoDB', 400, 'TransactionInProgressException', 'passing'],
  ['DynamoDB', 400, 'UnrecognizedClientException', 'passing'],
  ['DynamoDB', 400, 'ValidationException', 'refused'],
  ['DynamoDB', 413, 'UnknownError', 'refused'],
  ['DynamoDB', 500, 'InternalServerError', 'fault'],
  ['DynamoDB', 503, 'ServiceUnavailable', 'fault'],
  ['SQS', 400, 'AWS.SimpleQueueService.NonExistentQueue', 'passing'],
  ['SQS', 400, 'BatchRequestTooLong', 'refused'],
  ['SQS', 400, 'InvalidMessageContents', 'refused'],
  ['SQS', 400, 'InvalidParameterValue', 'refused'],
  ['SQS', 400, 'KmsAccessDenied', 'passing'],
  ['SQS', 400, 'KmsThrottled', 'throttled'],
  ['SQS', 400, 'MessageNotInflight', 'refused'],
  ['SQS', 400, 'OverLimit', 'throttled'],
  ['SQS', 400, 'QueueDeletedRecently', 'passing'],
  ['SQS', 400, 'QueueDoesNotExist', 'passing'],
  ['SQS', 400, 'RequestThrottled', 'throttled'],
  ['SQS', 400, 'UnsupportedOperation', 'refused'],
  ['SQS', 403, 'AccessDenied', 'passing'],
  ['SQS', 404, 'ReceiptHandleIsInvalid', 'refused'],
  ['SQS', 500, 'InternalError', 'fault'],
  ['Scheduler', 400, 'ValidationException', 'refused'],
  ['Scheduler', 402, 'ServiceQuotaExceededException', 'throttled'],
  ['Scheduler', 403, 'AccessDeniedException', 'passing'],
  ['Scheduler', 404, 'ResourceNotFoundException', 'passing'],
  ['Scheduler', 409, 'ConflictException', 'passing'],
  ['Scheduler', 429, 'ThrottlingException', 'throttled'],
  ['Scheduler', 500, 'InternalServerException', 'fault'],
];

const connect = anError({ code: 'ECONNREFUSED', syscall: 'connect' });
const read = anError({ code: 'ECONNRESET', syscall: 'read' });
const circular: { self?: object } = {};
circular.self = circular;
const thrownBy = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
};

/** Without an answer, all services are alike. */
const noAnswers: readonly (readonly [string, unknown, FailedCall])[] = [
  ['a connection that was refused', connect, 'notReached'],
  ['a name that is not known', anError({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 'notReached'],
  ['a name of whose addresses none can be reached', anError({ errors: [connect, connect] }), 'notReached'],
  [
    'no connection in time',
    anError({ message: 'did not establish a connection within 1 ms' }, 'TimeoutError'),
    'notReached',
  ],
  ['no credentials', anError({ $metadata: { attempts: 1 } }, 'CredentialsProviderError'), 'notReached'],
  ['a certificate that has expired', anError({ code: 'CERT_HAS_EXPIRED' }), 'notReached'],
  ['a certificate of its own', anError({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'notReached'],
  ['a certificate of nobody known', anError({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'notReached'],
  ['a certificate of another host', anError({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'notReached'],
  [
    'an end within the handshake of TLS',
    anError(
      {
        code: 'ECONNRESET',
        message: 'Client network socket disconnected before secure TLS connection was established',
      },
      'TimeoutError',
    ),
    'notReached',
  ],
  ['a connection that was reset', read, 'unanswered'],
  ['an alert of TLS, whenever it came', anError({ code: 'EPROTO', syscall: 'write' }), 'unanswered'],
  ['a name of whose addresses one could be reached', anError({ errors: [connect, read] }), 'unanswered'],
  ['a time-out', anError({ code: 'ETIMEDOUT' }, 'TimeoutError'), 'unanswered'],
  ['a silent connection', anError({ message: 'the request socket timed out' }, 'TimeoutError'), 'unanswered'],
  ['an abort', anError({}, 'AbortError'), 'unanswered'],
  ['a fetch that failed', anError({ cause: read }, 'TypeError'), 'unanswered'],
  ['what is no error', 'no', 'unanswered'],
  ['nothing', undefined, 'unanswered'],
  [
    'what nobody can read',
    Object.defineProperty(new Error('no'), 'name', {
      get: () => {
        throw new Error('no');
      },
    }),
    'unanswered',
  ],
  ['a header that Node.js refuses', thrownBy(() => new Headers([['x', 'Ā']])), 'broken'],
  ['a header that Node.js refuses to send', anError({ code: 'ERR_INVALID_CHAR' }, 'TypeError'), 'unmade'],
  ['an undefined header', anError({ code: 'ERR_HTTP_INVALID_HEADER_VALUE' }, 'TypeError'), 'unmade'],
  ['a value that contains itself', thrownBy(() => JSON.stringify(circular)), 'broken'],
  ['a big number', thrownBy(() => JSON.stringify(1n)), 'broken'],
  ['half a character', thrownBy(() => encodeURIComponent('\ud800')), 'broken'],
];

const isOfTheAttempt: Readonly<Record<FailedCall, boolean>> = {
  ...{ notReached: false, unanswered: false, fault: false, throttled: false, passing: false },
  ...{ refused: true, unmade: true, broken: true },
};
const ofMail = {
  ...{ notReached: MailUnavailableError, unanswered: MailDoubtError, fault: MailDoubtError },
  ...{ throttled: MailThrottledError, passing: MailUnavailableError, refused: MailRefusedError },
  ...{ unmade: MailRefusedError, broken: MailDoubtError },
} satisfies Readonly<Record<FailedCall, unknown>>;

function expectMeaning(error: unknown, expected: FailedCall): void {
  expect(failedCallOf(error)).toBe(expected);
  expect(canNeverSucceed(error)).toBe(isOfTheAttempt[expected]);
  // As an attempt meets it, also in an error that a handler has thrown in its place.
  const failed = new StoreUnavailableError('no', { cause: error });
  if (error !== undefined)
    for (const each of [failed, new Error('mine', { cause: failed })])
      expect(isOutage(each)).toBe(!isOfTheAttempt[expected]);
}

describe('a call that has failed', () => {
  test.each(answers)('%s: %d %s is %s', (service, status, name, expected) => {
    expectMeaning(answered(name, status), expected);
    if (service === 'SES') expect(mailErrorOf(answered(name, status))).toBeInstanceOf(ofMail[expected]);
  });

  test.each(noAnswers)('without an answer: %s', (_what, error, expected) => {
    expectMeaning(error, expected);
    expect(mailErrorOf(error)).toBeInstanceOf(ofMail[expected]);
  });
});
