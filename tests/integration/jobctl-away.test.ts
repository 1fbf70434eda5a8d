import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { freePort } from '../../local/machine/free-port.ts';
import { runJobctl, runOnTerminal } from './jobctl-command.ts';

/** An API that goes away when it is asked. @returns its address, until then */
async function vanishing(asked: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    server.close();
    asked(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}`;
}

test.each(['127.0.0.1', 'localhost', 'nowhere.invalid'])(
  'a submission to %s, where nothing answers, has submitted nothing',
  async (host) => {
    const url = `https://${host}:${await freePort()}`;
    const { code, err } = await runJobctl(['submit', 'counting', '--url', url]);
    expect({ code, err }).toEqual({
      code: 6,
      err: expect.stringMatching(/^jobctl: Nothing answers .*\nNothing was submitted by this command\.\n$/),
    });
  },
);

test('a submission whose first try was taken may be a job, also if the last one met nobody', async () => {
  const url = await vanishing(({ socket }) => socket.destroy());
  const { code, err } = await runJobctl(['submit', 'counting', '--url', url, '--key', 'k']);
  expect({ code, err }).toEqual({
    code: 6,
    err: expect.stringMatching(/ECONNREFUSED\..*\nThe job may have been submitted\. .* --key k /),
  });
});

test('an API that is not there to be watched is no end of the job: how to come back is said', async () => {
  const id = '8727fcca-6715-88cd-be4f-02627a10fc09';
  const url = await vanishing(({ socket }) => socket.destroy());
  const { code, err } = await runJobctl(['watch', id, '--url', url]);
  expect({ code, err }).toEqual({
    code: 6,
    err: expect.stringContaining(`\nTo come back: jobctl watch ${id} --url ${url}\n`),
  });
});

test('a list whose filter few jobs pass says at a terminal how far it is, and goes on', async () => {
  const [many, slow] = [19, 9];
  let pages = 0;
  const server = createServer((_request, response) => {
    pages += 1;
    const more = pages < many ? { nextCursor: 'c', searchedTo: `2026-11-${30 - pages}T12:00:00.000Z` } : {};
    const answer = () => response.end(JSON.stringify({ items: [], ...more }));
    // One takes longer than it is silent for; the others come at once.
    setTimeout(answer, pages === slow ? 1_200 : 0);
    response.setHeader('content-type', 'application/json');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}`;
  const { code, output } = await runOnTerminal(['list', '--tag', 'rare', '--url', url]);
  server.close();
  expect([code, pages]).toEqual([0, many]);
  const shown = [...output.matchAll(/Looked at the jobs since 2026-11-(\d\d) [\d:]+\. The search goes on/g)];
  // After a second, and not for each page.
  expect(shown.length).toBeGreaterThanOrEqual(1);
  expect(shown.length).toBeLessThan(many - 1);
  expect(output).toContain('There are no such jobs.');
});
