import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { signRequest } from '../../../../../shared/aws/lean/sign-request.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const segment = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => encodeURIComponent(text));

const requests = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
  path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  query: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  // The SDK leaves out some names, such as `te`, which a proxy may change. Nothing here sends one.
  headers: fc.dictionary(
    word.map((name) => `x-${name}`),
    headerText,
  ),
  body: fc.string({ unit: 'grapheme' }),
  isPayloadSigned: fc.boolean(),
  sessionToken: fc.option(word, { nil: undefined }),
  region: fc.constantFrom('eu-central-1', 'cn-north-1'),
  service: fc.constantFrom('dynamodb', 'sqs', 's3'),
  at: fc.integer({ min: 0, max: 4_102_444_799_999 }),
});

test('signs each request as the signer of the SDK does', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (each) => {
      const { method, path, query, body, isPayloadSigned, sessionToken, region, service, at } = each;
      const headers = { ...each.headers, host: 'aws.example' };
      const credentials = { accessKeyId: 'a-key', secretAccessKey: `a secret of ${region}`, sessionToken };
      const payload = isPayloadSigned ? hash('sha256', body) : 'UNSIGNED-PAYLOAD';
      const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, uriEscapePath: false });
      const { headers: expected } = await signer.sign(
        {
          ...{ method, path, query, body, protocol: 'https:', hostname: 'aws.example' },
          headers: isPayloadSigned ? headers : { ...headers, 'x-amz-content-sha256': payload },
        },
        { signingDate: new Date(at) },
      );
      const signature = signRequest(
        { method, path, query, headers, payload },
        { credentials, region, service },
        at,
      );
      expect({ ...headers, ...signature }).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
