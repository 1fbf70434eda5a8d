import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { s3ObjectSigner } from '../../../../shared/aws/object-signer.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';

const names = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];
const before = names.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  for (const name of names) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

// A container of ECS has no keys in its environment, and neither has an instance of EC2.
test('a server signs with the credentials that its container is given', async () => {
  const server = createServer((_request, response) => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.end(
      JSON.stringify({ AccessKeyId: 'of-the-task', SecretAccessKey: 'secret', Token: 't', Expiration }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${port}/`;
  try {
    const signer = s3ObjectSigner({ BUCKET_NAME: 'a-bucket', AWS_REGION: 'eu-central-1' });
    const url = new URL(await signer.signDownload({ name: 'results/t/j/1/2', now: t0, expiresSeconds: 900 }));
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^of-the-task\//);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
