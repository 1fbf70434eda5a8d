import type { IncomingMessage } from 'node:http';
import type { StoredObject } from './object-store.ts';
import { S3Error } from './s3-error.ts';

/** Whether the client has this very object. @throws S3Error if it wants another one */
export const isUnchanged = ({ headers }: IncomingMessage, { etag }: StoredObject): boolean => {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifMatch !== etag && ifMatch !== '*')
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  return ifNoneMatch === etag;
};

/** @throws S3Error for the only other value, an etag, which S3 does not take either */
export function onlyIfAbsent({ headers }: IncomingMessage): boolean {
  const value = headers['if-none-match'];
  if (value === undefined || value === '*') return value === '*';
  throw new S3Error('NotImplemented', 'If-None-Match must be *.');
}
