import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import type { SetLimits } from '../../../../../shared/domain/access/limits.ts';
import { InvalidRequestError } from '../../../../../shared/domain/base/errors.ts';
import { createUpload } from '../../../../../shared/operations/submit/create-upload.ts';
import { fixedRandom } from '../../../../../testkit/fakes/fixed.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { uploadRules } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

/** A stage with these limits, and uploads of a tenant. */
function aStage(limits: SetLimits) {
  const { door, clock, rates } = aDoor(limits);
  const signed: number[] = [];
  const signer = {
    signUpload: async ({ bytes }: { bytes: number }) => {
      signed.push(bytes);
      return { method: 'PUT' as const, url: 'https://bucket.example/object', headers: {} };
    },
  };
  const { suspensions } = suspending();
  const deps = { signer, uploads: uploadRules, clock, random: fixedRandom(), suspensions, door };
  const upload = (bytes: number) => createUpload({ tenant: 'a tenant', bytes }, deps);
  return { upload, clock, signed, rates, door };
}

test('a tenant uploads as often a day as it may', async () => {
  const { upload, clock, signed } = aStage({ uploadsPerDay: 2 });
  await upload(0);
  await upload(5);
  const refused = await upload(1).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LimitExceededError);
  expect(refused).toMatchObject({
    exceeded: { limit: 'uploadsPerDay', max: 2, windowSeconds: 86_400, retryAfterSeconds: 43_200 },
  });
  await clock.advance(43_200_000);
  await upload(1);
  expect(signed).toEqual([0, 5, 1]);
});

test('a tenant uploads as many bytes a day as it may: an upload that does not fit uses up nothing', async () => {
  const { upload, clock, signed, door } = aStage({ uploadBytesPerDay: 1_000, uploadsPerDay: 9 });
  await upload(600);
  await expect(upload(500)).rejects.toThrow(
    '`uploadBytesPerDay`, which is 1000. Try again after 8640 seconds.',
  );
  await upload(400);
  expect(await door.look('a tenant')).toEqual({
    uploadBytesPerDay: { max: 1_000, remaining: 0 },
    uploadsPerDay: { max: 9, remaining: 7 },
  });
  await clock.advance(43_200_000);
  await upload(500);
  expect(signed).toEqual([600, 400, 500]);
});

test('an upload that is larger than the limit of a day is a wrong request: no time makes it fit', async () => {
  const { upload, rates } = aStage({ uploadBytesPerDay: 1_000 });
  const refused = await upload(1_001).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidRequestError);
  expect(refused).toMatchObject({
    violations: [
      {
        pointer: '/bytes',
        detail:
          'is more than the limit `uploadBytesPerDay` of the tenant, which is 1000 bytes of uploads a day',
      },
    ],
  });
  expect(rates.taken).toBe(0);
});
