import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseServerOptions } from '../../server/options.ts';
import { projectDir } from '../project-copy.ts';

const fileOf = (name: string) => join(projectDir, 'infra/ec2', name);

/** The settings of a unit of systemd. Here each has one value. */
const settingsOf = (name: string): ReadonlyMap<string, string> =>
  new Map(
    [...readFileSync(fileOf(name), 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  );

describe('the service of an instance', () => {
  const settings = settingsOf('job-worker.service');

  test('tells only the server to stop, and waits longer than that waits for its jobs', () => {
    expect(settings.get('KillMode')).toBe('mixed');
    const { drainSeconds } = parseServerOptions(['node', 'main.mjs']);
    expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThanOrEqual(drainSeconds + 20);
  });

  test('runs the bundle, as a user without rights, and begins again after a crash', () => {
    expect(settings.get('ExecStart')).toMatch(/node dist\/server\/main\.mjs$/);
    expect([settings.get('DynamicUser'), settings.get('ProtectSystem'), settings.get('Restart')]).toEqual([
      'yes',
      'strict',
      'always',
    ]);
  });
});

describe('a Spot notice', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'job-worker-spot-'));
    await writeFile(join(dir, 'systemctl'), `#!/bin/sh\necho "$@" > ${dir}/called\n`);
    await chmod(join(dir, 'systemctl'), 0o755);
  });
  afterEach(() => rm(dir, { recursive: true }));

  test('stops the server, and nothing else does: no other answer, and no failure', async () => {
    const asked: string[] = [];
    const imds = createServer(({ method, url, headers }, response) => {
      if (method === 'PUT' && url === '/latest/api/token') {
        response.end('a token');
        return;
      }
      if (headers['x-aws-ec2-metadata-token'] !== 'a token') {
        response.writeHead(401).end();
        return;
      }
      asked.push(url ?? '');
      // Nothing to tell, a failure, and then the notice.
      response.writeHead([404, 500, 404][asked.length - 1] ?? 200).end('{"action": "terminate"}');
    }).listen(0, '127.0.0.1');
    await once(imds, 'listening');
    const script = spawn(fileOf('stop-at-spot-notice.sh'), {
      env: {
        PATH: `${dir}:${process.env.PATH}`,
        IMDS: `http://127.0.0.1:${(imds.address() as AddressInfo).port}`,
        SECONDS_BETWEEN: '0.05',
      },
    });
    expect(await once(script, 'exit')).toEqual([0, null]);
    imds.close();
    expect(asked).toEqual(Array.from({ length: 4 }, () => '/latest/meta-data/spot/instance-action'));
    expect(await readFile(join(dir, 'called'), 'utf8')).toBe('stop job-worker\n');
  });
});
