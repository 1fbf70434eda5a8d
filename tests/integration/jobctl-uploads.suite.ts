import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { JobctlSystem } from './jobctl-system.ts';

const sum = { groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
const rest = JSON.stringify(sum);
const type = 'csv-sums';
const notified = z.object({ notification: z.array(z.object({ target: z.unknown() })) });

/** Uploads: by themselves, and with a submission; and who is told of its end. */
export function describeUploads(system: () => JobctlSystem): void {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
    file = join(folder, 'orders=1.csv');
    await writeFile(file, 'a,b\nx,1\nx,2\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a file is uploaded, and its name is good for a payload', async () => {
    const { code, out } = await system().run(['upload', file, '--content-type', 'text/csv']);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^uploads\/\S+\n$/) });
    const payload = JSON.stringify({ object: out.trim(), ...sum });
    const { out: result } = await system().run(['submit', type, '--payload', payload, '--wait']);
    expect(result).toBe('{"rows":2,"groups":[{"key":"x","values":[3]}]}\n');
  });

  test.each(['', 'object='])(
    'submit --upload %sFILE uploads it, and submits a job with it',
    async (field) => {
      const args = ['submit', type, '--upload', `${field}${file}`, '--payload', rest, '--wait'];
      expect(await system().run(args)).toEqual({
        code: 0,
        out: '{"rows":2,"groups":[{"key":"x","values":[3]}]}\n',
        err: '',
      });
    },
  );

  test('what cannot be uploaded for a type is said before anything is uploaded', async () => {
    const refused: readonly (readonly [number, string, readonly string[]])[] = [
      [2, 'a payload of counting has no field', ['counting', '--upload', file]],
      [2, 'There is no file nowhere.csv.', [type, '--upload', 'nowhere.csv']],
      [2, 'If "foo" is to be a field: the field for a file is object.', [type, '--upload', `foo=${file}`]],
      [2, 'has a field object already', [type, '--upload', file, '--upload', file]],
      [2, 'has a field object already', [type, '--upload', file, '--payload', '{"object": "x"}']],
      [2, 'the payload is no JSON object', [type, '--upload', file, '--payload', '[]']],
      [3, 'There is no job type "nope"', ['nope', '--upload', file]],
    ];
    for (const [code, text, args] of refused) {
      const ended = await system().run(['submit', ...args]);
      expect(ended).toEqual({ code, out: '', err: expect.stringContaining(text) });
      expect(ended.err).not.toContain('--upload object=uploads/');
    }
  });

  test('after a submission that fails, what was uploaded need not be uploaded again', async () => {
    const failed = await system().run(['submit', type, '--upload', file, '--payload', '{"groupBy": "a"}']);
    expect(failed).toMatchObject({ code: 4, out: '', err: expect.stringContaining('/payload/metrics') });
    const again = /^ {2}--upload (object=uploads\/\S+)$/m.exec(failed.err)?.[1] ?? '';
    const ended = await system().run([
      'submit',
      type,
      '--upload',
      again,
      '--payload',
      rest,
      '--wait',
      '--json',
    ]);
    expect(JSON.parse(ended.out)).toMatchObject({ status: 'succeeded', result: { rows: 2 } });
  });

  test('submit --notify says who is told of the end', async () => {
    const urls = ['http://127.0.0.1:9/one', 'http://127.0.0.1:9/two'] as const;
    const id = await system().submitWaiting('--notify', urls[0], '--notify', urls[1]);
    const { out } = await system().run(['status', id, '--json']);
    const { notification } = notified.parse(JSON.parse(out));
    expect(notification.map(({ target }) => target)).toEqual(urls.map((url) => ({ url })));
    const others = [
      '--notify',
      'event',
      '--notify',
      'ada,eve@example.com',
      '--notify',
      'http://jobs.example.com',
    ];
    const { code, err } = await system().run([
      'submit',
      'counting',
      '--payload',
      '{"seconds": 0}',
      ...others,
    ]);
    expect({ code, err }).toEqual({
      code: 4,
      err: expect.stringMatching(/--notify 0 event: .+\n.*--notify 1 email: .+\n.*--notify 2 url: /),
    });
  });
}
