import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { announceSystem } from '../../../local/running-system.ts';
import { findEnvironment } from '../../../server/find-environment.ts';
import { StageNotFoundError } from '../../../server/stage-outputs.ts';

let projectDir = '';
beforeAll(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'project-'));
  const worker = { TABLE_NAME: 'local-jobs', AWS_REGION: 'local' };
  await announceSystem(projectDir, '3210', {
    dynamoDbEndpoint: 'http://127.0.0.1:1',
    pid: process.pid,
    worker,
  });
});
afterAll(() => rm(projectDir, { recursive: true }));

const find = (environment: Record<string, string>, stage?: string) =>
  findEnvironment({ stage, environment, projectDir });

describe('the environment of a server', () => {
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
