import { createHash } from 'node:crypto';
import { targetOf } from './s3-target.ts';
import { algorithm, type Scope, scopeText, signatureOf } from './signature.ts';
import type { Signer } from './verify-signature.ts';

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
  const { host, pathname, search } = new URL(url);
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope: Scope = { day: date.slice(0, 8), region, service };
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const headers = [
    ['host', host],
    ['x-amz-content-sha256', payloadHash],
    ['x-amz-date', date],
  ] as const;
  const signature = signatureOf(
    { method, target: targetOf(pathname + search), headers, payloadHash },
    { date, scope, secret: secretAccessKey },
  );
  const names = headers.map(([name]) => name).join(';');
  return {
    ...Object.fromEntries(headers.slice(1)),
    authorization: `${algorithm} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
