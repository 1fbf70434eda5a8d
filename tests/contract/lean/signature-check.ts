import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { RecordedRequest } from './recorded-aws.ts';

export interface Secrets {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const form =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKeyId>\w+)\/(?<day>\d{8})\/(?<region>[\w-]+)\/(?<service>\w+)\/aws4_request, SignedHeaders=(?<names>[a-z0-9;-]+), Signature=[0-9a-f]{64}$/;

/** What a signature says that it is for. */
export interface Signed {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly names: readonly string[];
}

/** Signs a request as it was received once more, as AWS does. @throws Error if its signature is another one */
export async function checkedSignature(request: RecordedRequest, credentials: Secrets): Promise<Signed> {
  const { headers, method, body } = request;
  const { pathname: path, searchParams } = new URL(request.path, 'https://aws');
  const received = headers.get('authorization') ?? '';
  const { accessKeyId = '', region = '', service = '', names = '' } = form.exec(received)?.groups ?? {};
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const signed = names.split(';').map((name): [string, string] => [name, headers.get(name) ?? '']);
  const again = await signer.sign(
    {
      ...{ method, path, body, protocol: 'https:', hostname: headers.get('host') ?? '' },
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(signed),
    },
    { signingDate: signedAt(request) },
  );
  if (again.headers.authorization !== received)
    throw new Error(`the signature is ${received}, and is to be ${again.headers.authorization}`);
  return { accessKeyId, region, service, names: names.split(';') };
}

/** When a request was signed, by the clock that it was signed by. */
export function signedAt({ headers }: RecordedRequest): Date {
  const text = headers.get('x-amz-date') ?? '';
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}
