import { afterAll, beforeAll } from '@jest/globals';
import { credentials } from '../../local/local-aws.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';

import { LocalObjects } from '../integration/local-objects.ts';
import { describeObjectStore } from './object-store.contract.ts';

const objects = new InMemoryObjectStore();
const fake = { objects, uploads: new InMemoryMultipartUploads(objects.objects, 5 * 1024 * 1024) };
describeObjectStore('in memory', () => fake);

let local: LocalObjects;
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  local = await LocalObjects.start();
});
afterAll(() => local?.stop());
const bucket = () => ({
  BUCKET_NAME: 'bucket',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL_S3: local.endpoint,
});
describeObjectStore('S3', () => ({
  objects: s3ObjectStore(bucket()),
  uploads: s3MultipartUploads(bucket()),
}));
