import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { uploadNameFor } from '../../../shared/domain/objects/upload-name.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { root } from '../../../tests/project-copy.ts';
import { anOrder } from '../../../tests/set-ups/replaying.ts';
import { jobId, uploadRules } from '../../../tests/set-ups/samples.ts';
import { runReplay } from '../../../tests/unit/scripts/replay/run-replay.ts';

const object = uploadNameFor({ tenant: 'a tenant', id: jobId, now: t0 }, uploadRules);
const withObject = { objects: { [object]: join(root, 'package.json') } };

const cases: readonly (readonly [type: string, payload: object, code: number, refused: string])[] = [
  [
    'transcode-video',
    { video: object, outputs: [{ preset: 'a-preset' }] },
    9,
    'the connection to mediaconvert.eu-central-1.amazonaws.com:443 was not made',
  ],
  [
    'emr-aggregate',
    { objects: [object], groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
    9,
    'the connection to emr-serverless.eu-central-1.amazonaws.com:443 was not made',
  ],
  ['encode-video', { object }, 7, 'the program ffprobe was not started'],
];

it('a replay of a sample that reaches out comes to the fence at once, and says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replay-samples-'));
  const ends = await Promise.all(
    cases.map(([type, payload]) =>
      runReplay(anOrder({ payload, ...withObject, job: { type } }), { root, folder, catalog: 'examples' }),
    ),
  );
  expect(ends).toEqual(
    cases.map(([, , code, refused]) => ({
      code,
      out: '',
      err: expect.stringContaining(`The fence has refused:\n  ${refused}\n`),
    })),
  );
  for (const { err } of ends) expect(err).toMatch(/, after (\d+ ms|[0-4]\.\d s)/);
  await rm(folder, { recursive: true });
});
