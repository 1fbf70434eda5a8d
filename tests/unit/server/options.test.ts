import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { registerSystem } from '../../../local/machine/running-system.ts';
import { findEnvironment, watchSystem } from '../../../server/find-environment.ts';
import { checkFolder } from '../../../server/isolation/isolate-jobs.ts';
import { parseServerOptions } from '../../../server/options.ts';
import { StageNotFoundError } from '../../../server/stage-outputs.ts';
import { ConfigError } from '../../../shared/domain/base/errors.ts';
import { eventually } from '../../integration/eventually.ts';

const parse = (...words: readonly string[]) => parseServerOptions(['node', 'main.ts', ...words]);
const names = ['QUEUES', 'CONCURRENCY', 'DRAIN_SECONDS', 'STAGE', 'HEALTH_PORT'];

describe('the options of a server', () => {
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });

  test('have defaults for one machine', () => {
    expect(parse()).toEqual({ queues: ['server'], concurrency: availableParallelism(), drainSeconds: 100 });
  });

  test('come from the command line', () => {
    const line = '--queues long,server,long --concurrency 7 --drain-seconds 0 --stage dev --health-port 8080';
    expect(parse(...line.split(' '))).toEqual({
      queues: ['long', 'server'],
      concurrency: 7,
      drainSeconds: 0,
      stage: 'dev',
      healthPort: 8080,
    });
  });

  test('come from the environment, unless the command line says otherwise', () => {
    Object.assign(process.env, {
      QUEUES: 'standard',
      CONCURRENCY: '3',
      DRAIN_SECONDS: '5',
      HEALTH_PORT: '80',
    });
    expect(parse('--concurrency', '4')).toEqual({
      queues: ['standard'],
      concurrency: 4,
      drainSeconds: 5,
      healthPort: 80,
    });
  });

  test('have no stage where the variable is empty', () => {
    process.env.STAGE = '';
    expect(parse().stage).toBeUndefined();
  });

  test.each([
    ['a queue that is none', ['--queues', 'waiting']],
    ['no queue', ['--queues', '']],
    ['no job at a time', ['--concurrency', '0']],
    ['a fraction', ['--concurrency', '1.5']],
    ['a port that is none', ['--health-port', '70000']],
    ['an option that is none', ['--region', 'eu-central-1']],
    ['a word too many', ['server']],
  ])('are refused with %s', (_what, words) => {
    expect(() => parse(...words)).toThrow(CommanderError);
  });
});

let projectDir = '';

const find = (environment: Record<string, string>, stage?: string) =>
  findEnvironment({ stage, environment, projectDir });

describe('the environment of a server', () => {
  beforeAll(async () => {
    projectDir = await mkdtemp(join(tmpdir(), 'project-'));
    const worker = { TABLE_NAME: 'local-jobs', AWS_REGION: 'local' };
    await registerSystem(projectDir, '3210', {
      dynamoDbEndpoint: 'http://127.0.0.1:1',
      pid: process.pid,
      worker,
    });
  });
  afterAll(() => rm(projectDir, { recursive: true }));

  test('is kept in a file that its user alone reads: a secret of a type is in it', async () => {
    const { mode } = await stat(join(projectDir, '.local/3210.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  test("is that of the running `npm start`, without the user's own account", async () => {
    expect(await find({ PORT: '3210', HOME: '/home', AWS_PROFILE: 'mine' })).toEqual({
      environment: { PORT: '3210', HOME: '/home', TABLE_NAME: 'local-jobs', AWS_REGION: 'local' },
      systemPid: process.pid,
    });
  });

  test('is its own where that has the variables of a worker, as in a container', async () => {
    const own = { PORT: '3210', TABLE_NAME: 'dev-jobs' };
    expect(await find(own)).toEqual({ environment: own });
    expect(await find(own, 'local')).toMatchObject({ environment: { TABLE_NAME: 'local-jobs' } });
  });

  test('cannot be found if nothing runs on the port: the error says what to do', async () => {
    const finding = find({ PORT: '3211' });
    await expect(finding).rejects.toThrow(StageNotFoundError);
    await expect(finding).rejects.toThrow('`npm start` does not run on port 3211');
  });
});

describe('check folder', () => {
  test('a folder in which jobs can have their files stays as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'check-'));
    await checkFolder(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that is not there is refused before the first job', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'check-')), 'missing');
    await expect(checkFolder(folder)).rejects.toThrow(`Jobs cannot have files in ${folder} (TMPDIR): `);
    await expect(checkFolder(folder)).rejects.toThrow(ConfigError);
  });
});

describe('watch system', () => {
  test('a server is told when the npm start has ended that it receives from', async () => {
    const system = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)']);
    let ends = 0;
    watchSystem(system.pid ?? 0, () => {
      ends += 1;
    });
    expect(ends).toBe(0);
    system.kill('SIGKILL');
    // The watch alone would not keep the process alive.
    await eventually(async () => ends > 0 || undefined, 'the end to be noticed');
    expect(ends).toBe(1);
  });
});
