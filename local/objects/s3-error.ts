import { listingCall } from '../rights/calls.ts';
import { mayCall } from '../rights/roles.ts';

/** The codes of S3 that are answered here, with their statuses. */
const statuses = {
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof statuses;

/** A request is refused, with a code and a text like those of S3. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: S3ErrorCode;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return statuses[this.code];
  }

  toXml(): string {
    return xml('Error', `<Code>${this.code}</Code><Message>${escapeXml(this.message)}</Message>`);
  }
}

/** A document with this root element. */
export const xml = (root: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;

const entities: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
];

export const escapeXml = (text: string): string =>
  entities.reduce((escaped, [character, entity]) => escaped.replaceAll(character, entity), text);

export const unescapeXml = (text: string): string =>
  entities.toReversed().reduce((plain, [character, entity]) => plain.replaceAll(entity, character), text);

interface Missing {
  readonly bucket: string;
  readonly key: string;
}

/** S3 tells only who may list such names that there is no object of this name. */
export const missing = ({ bucket, key }: Missing, accessKeyId: string): S3Error =>
  mayCall(accessKeyId, listingCall(bucket, key))
    ? new S3Error('NoSuchKey', 'The specified key does not exist.')
    : new S3Error('AccessDenied', 'Access Denied');
