import type { IncomingHttpHeaders } from 'node:http';

/** What the SDK's clients say of an answer. */
export interface AnswerMetadata {
  readonly httpStatusCode: number;
  readonly requestId: string | undefined;
  readonly extendedRequestId: string | undefined;
  readonly cfId: string | undefined;
  readonly attempts?: number;
  readonly totalRetryDelay?: number;
  /** The call failed for the clock of this machine, which is corrected now. */
  readonly clockSkewCorrected?: true;
}

export type Members = Readonly<Record<string, unknown>>;

export const metadataOf = (status: number, headers: IncomingHttpHeaders): AnswerMetadata => ({
  httpStatusCode: status,
  requestId: textOf(
    headers['x-amzn-requestid'] ?? headers['x-amzn-request-id'] ?? headers['x-amz-request-id'],
  ),
  extendedRequestId: textOf(headers['x-amz-id-2']),
  cfId: textOf(headers['x-amz-cf-id']),
});
const textOf = (header: string | readonly string[] | undefined): string | undefined =>
  header === undefined || typeof header === 'string' ? header : header.join(',');

/** What an error has of its own, whatever a body says: with `__proto__` it would be of another class. */
const own: readonly string[] = [
  'name',
  'message',
  'Message',
  'stack',
  '$fault',
  '$metadata',
  '$response',
  '__proto__',
];

/** A refusal of a service, with the fields that the SDK's errors have. */
export class ServiceError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: AnswerMetadata;

  constructor(name: string, members: Members, $metadata: AnswerMetadata) {
    const { message, Message } = members;
    super(String(message ?? Message ?? 'UnknownError'));
    this.name = name;
    this.$fault = $metadata.httpStatusCode < 500 ? 'client' : 'server';
    this.$metadata = $metadata;
    for (const [member, value] of Object.entries(members))
      if (!own.includes(member)) Object.assign(this, { [member]: value });
  }
}

/** How a service names its errors. */
export interface ErrorNames {
  /** Of the body, of the headers, or both. */
  errorCode(members: Members, headers: IncomingHttpHeaders): unknown;
  /** By name. */
  readonly errors?: Readonly<Record<string, typeof ServiceError>>;
  /** All others. */
  readonly otherErrors?: typeof ServiceError;
}

/** `com.amazonaws.dynamodb.v20120810#ThrottlingException:http://...` names a ThrottlingException. */
const nameOf = (code: unknown): string =>
  code === undefined ? 'Unknown' : (String(code).split(/[,:]/)[0]?.split('#').at(-1) ?? '');

/** The error that a refusal means. @param members its body */
export function errorOf(
  { errorCode, errors = {}, otherErrors = ServiceError }: ErrorNames,
  members: Members,
  { status, headers }: { readonly status: number; readonly headers: IncomingHttpHeaders },
): ServiceError {
  const name = nameOf(errorCode(members, headers));
  return new (errors[name] ?? otherErrors)(name, members, metadataOf(status, headers));
}
