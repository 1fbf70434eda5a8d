import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../local/machine/free-port.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { systemNetwork } from '../../shared/notify/network.ts';
import type { HttpSystem } from '../integration/http-system.ts';
import { projectDir } from '../project-copy.ts';
import { aSecret, send } from '../set-ups/webhooks.ts';
import { bundleClient } from './bundle.ts';

const typescript = /```ts\n(.*?)```/gs;

/** All examples of docs/client.md are one program, in a project that has the client; the last one is a server. */
export const examplesSuite = (system: () => HttpSystem): void =>
  describe('the examples of docs/client.md', () => {
    let project: string;
    let examples: readonly string[];
    beforeAll(async () => {
      const markdown = await readFile(join(projectDir, 'docs/client.md'), 'utf8');
      // The page has samples, which a user may have deleted. Types of tests take the same payloads.
      const withTypesOfTests = markdown
        .replaceAll('countdown', 'counting')
        .replaceAll('csv-aggregate', 'csv-sums')
        .replaceAll('./examples/', './job-types/');
      examples = [...withTypesOfTests.matchAll(typescript)].map(([, code = '']) => code);
      project = await mkdtemp(join(tmpdir(), 'client-examples-'));
      const installed = join(project, 'node_modules/@serverless-job-worker/client');
      await mkdir(join(installed, 'dist'), { recursive: true });
      await writeFile(join(installed, 'dist/entry.js'), await bundleClient());
      await writeFile(
        join(installed, 'package.json'),
        await readFile(join(projectDir, 'client/package.json'), 'utf8'),
      );
      await symlink(join(projectDir, 'tests/job-types'), join(project, 'job-types'));
      await writeFile(join(project, 'package.json'), '{"type": "module"}');
    });
    afterAll(() => rm(project, { recursive: true, force: true }));

    const run = async (name: string, code: string, env: Readonly<Record<string, string>>) => {
      await writeFile(join(project, name), code);
      return spawn(process.execPath, [name], {
        cwd: project,
        env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    };

    test('do what the page says', async () => {
      const child = await run('main.ts', examples.slice(0, -1).join('\n'), {
        JOB_URL: system().address,
        JOB_KEY: await system().keyOf('examples'),
      });
      const [printed, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      const lines = printed.trim().split('\n');
      expect(lines.slice(0, 3)).toEqual(['{ seconds: 2 }', '[ 5 ]', 'it goes on: waiting']);
      expect(lines.slice(3, 5).join()).toMatch(/^(queued|running) /);
      expect(lines).toContain('succeeded 100');
      expect(lines.slice(-4)).toEqual([
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        expect.stringMatching(/^See `errors`/),
        expect.stringMatching(/^\/payload\/seconds: /),
        expect.stringMatching(/^application\/json.*Rome/),
      ]);
      expect(exitCode).toBe(0);
    });

    test('take a webhook of the tenant, and no other', async () => {
      const port = await freePort();
      const child = await run('receiver.ts', `${examples.at(-1)}\nconsole.log('listening');`, {
        PORT: String(port),
        WEBHOOK_SECRET: aSecret,
      });
      try {
        const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
        await lines.next();
        const sendWith = (secret: string) =>
          send(`http://127.0.0.1:${port}/`, {
            network: systemNetwork(),
            allowedHosts: ['127.0.0.1'],
            secretsOf: async () => [secret],
            clock: systemClock,
          });
        expect(await sendWith(aSecret)).toEqual({ kind: 'delivered' });
        expect((await lines.next()).value).toMatch(/_1_failed job\.failed /);
        expect(await sendWith(aSecret.replace('Y', 'Z'))).toEqual({
          kind: 'failed',
          why: 'HTTP 400',
          isRejected: true,
        });
      } finally {
        child.kill();
        await once(child, 'exit');
      }
    });
  });
