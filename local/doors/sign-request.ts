import { hash } from 'node:crypto';
import { signRequest } from '../../shared/aws/lean/index.ts';
import type { Signer } from './signature.ts';

export interface RequestToSign {
  readonly method: string;
  readonly url: string;
  readonly service?: 's3' | 'scheduler' | 'sqs';
  readonly body?: string;
}

/** The headers with which a request is signed by `signer`. */
export function signedHeadersOf(
  { method, url, service = 's3', body = '' }: RequestToSign,
  { accessKeyId, secretAccessKey, region }: Signer,
  now: number,
): Readonly<Record<string, string>> {
  const { host, pathname, searchParams } = new URL(url);
  const request = { method, path: pathname, query: Object.fromEntries(searchParams), headers: { host } };
  const credentials = { accessKeyId, secretAccessKey };
  return {
    ...signRequest({ ...request, payload: hash('sha256', body) }, { credentials, region, service }, now),
  };
}
