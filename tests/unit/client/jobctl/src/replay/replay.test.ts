import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandError } from '../../../../../../client/jobctl/src/ending.ts';
import { NetworkError } from '../../../../../../client/jobctl/src/library.ts';
import { download } from '../../../../../../client/jobctl/src/replay/fetch-input.ts';
import { type Answer, answering, withServer } from '../../../../../integration/scripted-server.ts';

let folder: string;
let count = 0;

async function fetched(answer: Answer) {
  count += 1;
  const file = join(folder, String(count));
  const bytes = await withServer(answer, (url) =>
    download(`${url}/a?signed`, file, new AbortController().signal),
  );
  return { file, bytes };
}

describe('fetch input', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fetch-input-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('an object comes into a file that only its owner can read, without a credential', async () => {
    let asked: NodeJS.Dict<unknown> = {};
    const { file, bytes } = await fetched((response, request) => {
      asked = request.headers;
      answering(200, 'the bytes')(response, request);
    });
    expect([bytes, await readFile(file, 'utf8')]).toEqual([9, 'the bytes']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Object.keys(asked)).not.toContain('authorization');
  });

  test.each([403, 404])('an object that is answered with %s is not kept any more', async (status) => {
    expect((await fetched(answering(status, '<Error/>'))).bytes).toBeUndefined();
  });

  test('a bucket that cannot answer is told', async () => {
    const failed = fetched(answering(503, ''));
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toThrow('The bucket answers 503');
  });

  test('an object that did not come whole is not taken for one that did', async () => {
    const cut = fetched((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('the');
      setTimeout(() => response.destroy(), 50);
    });
    await expect(cut).rejects.toThrow(NetworkError);
  });

  test('a redirect is not followed', async () => {
    await expect(fetched(answering(302, '', { location: 'http://127.0.0.1:9/' }))).rejects.toThrow(
      NetworkError,
    );
  });
});
