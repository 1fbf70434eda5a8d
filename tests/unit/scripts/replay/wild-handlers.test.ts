import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { answering, withServer } from '../../../integration/scripted-server.ts';
import { withProjectCopy } from '../../../project-copy.ts';
import { anOrder } from '../../../set-ups/replaying.ts';
import { runReplay } from './run-replay.ts';

/** What a handler does, by the seconds of its countdown. A constant of the module is made as soon as it is loaded. */
const wild = (url: string): string => `
const early = await fetch('${url}/early').then(() => 'seen', (error) => String(error.cause));
const doings = [
  () => process.exit(0),
  () => new Promise(() => { setTimeout(() => { throw new TypeError('later'); }, 10); }),
  () => new Promise(() => { void Promise.reject(new TypeError('forgotten')); }),
  () => { console.log('from the console'); console.table([]); process.stdout.write('by \\u001b]0;a title\\u0007 itself\\n'); setInterval(() => undefined, 1000); return 3; },
  () => { console.log(early); return 4; },
  () => fetch('${url}/late').catch(() => 5),
  async (job) => { await job.output({ contentType: 'text/plain' }).write('abc'); return 6; },
];
export const countdown = async ({ seconds }, job) => ({ seconds: await doings[seconds](job) });
`;

test('a handler that does what it should not is told of, and does not get out', () =>
  withProjectCopy(
    async (clone) => {
      const asked: (string | undefined)[] = [];
      await withServer(
        (response, request) => {
          asked.push(request.url);
          answering(200, {})(response, request);
        },
        async (url) => {
          await writeFile(join(clone, 'job-types/countdown/handler.ts'), wild(url));
          const outputFile = join(clone, 'streamed.txt');
          const ends = await Promise.all(
            [0, 1, 2, 3, 4, 5, 6].map((seconds) =>
              runReplay(anOrder({ payload: { seconds }, job: { type: 'countdown' }, outputFile }), {
                root: clone,
                folder: clone,
              }),
            ),
          );
          const refused = /FenceError: replay: the connection to 127\.0\.0\.1:\d+ was not made/;
          const nothingCaught = 'Nothing has caught this error';
          expect(ends).toEqual([
            { code: 7, out: '', err: expect.stringContaining('The handler has ended the process') },
            { code: 7, out: '', err: expect.stringMatching(`TypeError: later\n(.*\n)*${nothingCaught}`) },
            { code: 7, out: '', err: expect.stringMatching(`TypeError: forgotten\n(.*\n)*${nothingCaught}`) },
            {
              code: 0,
              out: '{"seconds":3}\n',
              err: expect.stringMatching(/^from the console\n(.*\n)*by +itself$/m),
            },
            { code: 0, out: '{"seconds":4}\n', err: expect.stringMatching(refused) },
            { code: 0, out: '{"seconds":5}\n', err: expect.stringContaining('The fence has refused') },
            {
              code: 0,
              out: '{"seconds":6}\n',
              err: expect.stringContaining(`text/plain: see ${outputFile}`),
            },
          ]);
          expect(await readFile(outputFile, 'utf8')).toBe('abc');
        },
      );
      expect(asked).toEqual([]);
    },
    ['scripts'],
  ));
