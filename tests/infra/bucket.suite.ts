import { expect, test } from '@jest/globals';
import { ownOrigin } from '../../infra/template/http-api.ts';
import { bucket, bucketPolicy } from './api-kinds.ts';
import { type DeletionPolicy, functionsWithBucket, policiesOf } from './expected.ts';
import type { Package } from './packaged.ts';

/** The bucket of a stage with the default parameters. */
export function describeBucket({ template, functions }: Package, deletionPolicy: DeletionPolicy): void {
  const [id, ...others] = [...template.all(bucket).keys()].filter((each) => !each.startsWith('Serverless'));
  const properties = template.one(id ?? '', bucket);
  const isProtected = deletionPolicy !== 'Delete';

  test('is one, whose name CloudFormation makes', () => {
    expect({ id, others }).toEqual({ id: 'Bucket', others: [] });
    expect(properties).not.toHaveProperty('BucketName');
  });

  test('is private: nobody can make it or an object public, and its owner has all objects', () => {
    expect(properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test('is encrypted, and refuses requests without TLS', () => {
    expect(properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    });
    const { Bucket, PolicyDocument } = template.one('BucketPolicy', bucketPolicy);
    expect(Bucket).toEqual({ Ref: 'Bucket' });
    expect(PolicyDocument.Statement).toEqual([
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [
          { 'Fn::GetAtt': ['Bucket', 'Arn'] },
          { 'Fn::Sub': expect.stringMatching(/^\$\{Bucket\.Arn\}\/\*$/) },
        ],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });

  test(`has the deletion policy ${deletionPolicy}, and so has its policy`, () => {
    for (const each of [id ?? '', 'BucketPolicy']) {
      const { DeletionPolicy, UpdateReplacePolicy } = template.resources[each] ?? {};
      expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual(policiesOf[deletionPolicy]);
    }
  });

  test(`has ${isProtected ? '' : 'no '}versions, and former ones expire`, () => {
    expect(properties.VersioningConfiguration).toEqual(isProtected ? { Status: 'Enabled' } : undefined);
    expect(properties.LifecycleConfiguration.Rules).toContainEqual({
      Id: 'former-versions',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      ExpiredObjectDeleteMarker: true,
    });
  });

  test('expires what jobs have a day after them, a year later what they need to go on, and former states in a day; unfinished uploads go in a week', () => {
    const rules = properties.LifecycleConfiguration.Rules.filter(({ Id }) => Id !== 'former-versions');
    expect(rules).toEqual([
      { Id: 'uploads', Prefix: 'uploads/', Status: 'Enabled', ExpirationInDays: 30 },
      { Id: 'results', Prefix: 'results/', Status: 'Enabled', ExpirationInDays: 38 },
      {
        Id: 'messages-of-ended-jobs',
        Prefix: 'messages/ended/',
        Status: 'Enabled',
        ExpirationInDays: 31,
      },
      {
        Id: 'messages-of-waiting-jobs',
        Prefix: 'messages/waiting/',
        Status: 'Enabled',
        ExpirationInDays: 397,
      },
      {
        Id: 'states',
        Prefix: 'states/',
        Status: 'Enabled',
        ExpirationInDays: 397,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      {
        Id: 'unfinished-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
  });

  test("answers the stage's own pages, and none of another origin", () => {
    const AllowedOrigins = [ownOrigin];
    expect(properties.CorsConfiguration).toEqual({
      CorsRules: [expect.objectContaining({ AllowedOrigins })],
    });
  });

  test('is known to the functions that need it, and to no other', () => {
    const known = functions.filter(
      ({ properties: { Environment } }) => 'BUCKET_NAME' in Environment.Variables,
    );
    for (const {
      properties: { Environment },
    } of known)
      expect(Environment.Variables.BUCKET_NAME).toEqual({ Ref: 'Bucket' });
    expect(known.map(({ name }) => name).sort()).toEqual([...functionsWithBucket].sort());
  });
}
