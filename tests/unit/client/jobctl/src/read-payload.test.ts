import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readPayload } from '../../../../../client/jobctl/src/read-payload.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
});
afterAll(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();
const read = (argument: string, stdin: readonly string[] = []) =>
  readPayload(argument, { stdin: Readable.from(stdin), signal });

test.each([
  ['{"a": [1]}', { a: [1] }],
  [' [1, 2]', [1, 2]],
  ['"text"', 'text'],
  ['-1.5e3', -1500],
  ['true', true],
  ['null', null],
])('%s is JSON', async (argument, payload) => {
  expect(await read(argument)).toEqual(payload);
});

test('a file has JSON, with or without a byte order mark', async () => {
  const file = join(folder, 'payload.json');
  await writeFile(file, '\uFEFF{"a": 1}\n');
  expect(await read(file)).toEqual({ a: 1 });
});

test('- is the standard input, however many pieces it comes in', async () => {
  expect(await read('-', ['{"a":', ' 1}'])).toEqual({ a: 1 });
});

test.each([
  ['nowhere.json', '--payload is "nowhere.json", and there is no such file. Use a file,'],
  [tmpdir(), `--payload is "${tmpdir()}", and it cannot be read (EISDIR).`],
  ['{"a": }', '--payload is not valid JSON:'],
  ['-', 'The standard input is empty.'],
  ['12-', '--payload is "12-", and there is no such file.'],
])('%s is refused in words', async (argument, message) => {
  await expect(read(argument)).rejects.toMatchObject({
    ending: 'usage',
    message: expect.stringContaining(message),
  });
});
