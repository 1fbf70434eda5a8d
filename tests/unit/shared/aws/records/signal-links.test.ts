import { expect, test } from '@jest/globals';
import { bucketOrigin } from '../../../../../shared/aws/objects/object-signer.ts';
import { apiUrlOf } from '../../../../../shared/aws/records/signal-links.ts';

const deployed = { PUBLIC_URL: '', HTTP_API_ID: 'abc', AWS_REGION: 'eu-central-1' };

test.each([
  ['of API Gateway', {}, 'https://abc.execute-api.eu-central-1.amazonaws.com'],
  [
    'of API Gateway in China',
    { AWS_REGION: 'cn-north-1' },
    'https://abc.execute-api.cn-north-1.amazonaws.com.cn',
  ],
  ['that the stage has', { PUBLIC_URL: 'https://jobs.example/api' }, 'https://jobs.example/api'],
  ['of this machine', { AWS_ENDPOINT_URL_HTTP_API: 'http://localhost:3000' }, 'http://localhost:3000'],
])('links lead to the address %s', (_what, over, url) => {
  expect(apiUrlOf({ ...deployed, ...over })).toBe(url);
});

test.each([
  ['eu-central-1', 'https://bucket.s3.eu-central-1.amazonaws.com'],
  ['cn-north-1', 'https://bucket.s3.cn-north-1.amazonaws.com.cn'],
  ['eusc-de-east-1', 'https://bucket.s3.eusc-de-east-1.amazonaws.eu'],
])('objects of a bucket in %s have its domain', (AWS_REGION, origin) => {
  expect(bucketOrigin({ BUCKET_NAME: 'bucket', AWS_REGION })).toBe(origin);
});
