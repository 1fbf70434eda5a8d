import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplayOrder } from '../../../../scripts/replay/replay-order.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { root } from '../../../project-copy.ts';
import { anOrder } from '../../../set-ups/replaying.ts';
import { jobId, uploadRules } from '../../../set-ups/samples.ts';
import { permissions, runReplay } from './run-replay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-command-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (order: ReplayOrder, flags?: readonly string[]) =>
  runReplay(order, { root, folder, ...(flags ? { flags } : {}) });

const object = uploadNameFor({ tenant: 'a tenant', id: jobId, now: t0 }, uploadRules);
const withObject = { objects: { [object]: join(root, 'package.json') } };

describe('the command of a replay', () => {
  // They run side by side: each has to load all handlers.
  const cases: readonly (readonly [type: string, payload: object, code: number, refused: string])[] = [
    [
      'send-email',
      { to: 'jane@example.com', subject: 'A subject', text: 'A whole text' },
      7,
      'the connection to email.eu-central-1.amazonaws.com:443 was not made',
    ],
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
    [
      'bulk-action',
      { action: 'retry', filter: { type: 'countdown' } },
      7,
      'the jobs of the stage were not listed',
    ],
  ];
  test('comes to the fence with every type that reaches out, at once, and says so', async () => {
    const ends = await Promise.all(
      cases.map(([type, payload]) => run(anOrder({ payload, ...withObject, job: { type } }))),
    );
    expect(ends).toEqual(
      cases.map(([, , code, refused]) => ({
        code,
        out: '',
        err: expect.stringContaining(`The fence has refused:\n  ${refused}\n`),
      })),
    );
    for (const { err } of ends) expect(err).toMatch(/, after (\d+ ms|[0-4]\.\d s)/);
  });

  test('says that the clone does not have the type', async () => {
    const { code, err } = await run(anOrder({ job: { type: 'gone' } }));
    expect(code).toBe(3);
    expect(err).toMatch(
      /^This clone has no job type "gone", only bulk-action, .*, transcode-video\. Check out/,
    );
  });

  test('does not start without the permissions of Node.js', async () => {
    expect(await run(anOrder(), [])).toEqual({
      code: 2,
      out: '',
      err: '`jobctl replay` starts this, and nobody else does.\n',
    });
  });

  test('ends and removes what the job was given, if jobctl is gone', async () => {
    const own = await mkdtemp(join(folder, 'left-'));
    const order = anOrder({ payload: { seconds: 60 }, job: { type: 'countdown' } });
    await writeFile(join(own, 'order.json'), JSON.stringify(order));
    const child = spawn(process.execPath, [...permissions, join(root, 'scripts/replay-job.ts'), own]);
    child.stderr.once('data', () => child.stdin.destroy());
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(existsSync(own)).toBe(false);
  });
});
