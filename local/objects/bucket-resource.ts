import { signedHeadersOf } from '../doors/sign-request.ts';
import { credentials, region } from '../local-aws.ts';
import type { Described, Resolve } from '../resolve-references.ts';
import { corsConfiguration } from './cors.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The template leaves the name to CloudFormation, which makes it of the resource's. */
export const bucketNameOf = (id: string, { BucketName = id }: Properties): string =>
  String(BucketName).toLowerCase();

/** What `Ref` and `Fn::GetAtt` return for an `AWS::S3::Bucket`. */
export const describeBucket = (name: string): Described => ({
  ref: name,
  attributes: { Arn: `arn:aws:s3:::${name}` },
});

/**
 * Creates the bucket unless it exists, and lets the pages read it that the template names. Nothing expires on this
 * machine, and there are no versions.
 */
export async function createBucket(
  s3Endpoint: string,
  { name, properties, resolve }: { name: string; properties: Properties; resolve: Resolve },
): Promise<void> {
  const { CorsConfiguration = { CorsRules: [] } } = properties;
  const cors = corsConfiguration.parse(resolve(CorsConfiguration));
  await put(`${s3Endpoint}/${name}`, '');
  await put(`${s3Endpoint}/${name}?cors=`, JSON.stringify(cors));
}

async function put(url: string, body: string): Promise<void> {
  const signed = signedHeadersOf({ method: 'PUT', url, body }, { ...credentials, region }, Date.now());
  const response = await fetch(url, { method: 'PUT', headers: signed, body });
  if (!response.ok) throw new Error(`PUT ${url} was answered ${response.status}: ${await response.text()}`);
}
