import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { removeLeftBundles, removeOwnBundles } from '../../../../local/machine/running-system.ts';

const project = await mkdtemp(join(tmpdir(), 'bundles-'));

describe('bundle folder', () => {
  afterAll(() => rm(project, { recursive: true }));

  test('the bundles of a killed system are removed, and those of one that runs stay', async () => {
    await removeLeftBundles(project);
    const killed = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(killed, 'exit');
    for (const pid of [killed.pid, process.pid])
      await mkdir(join(project, '.local', `${pid}`, '.build'), { recursive: true });

    await removeLeftBundles(project);
    expect(await readdir(join(project, '.local'))).toEqual([`${process.pid}`]);

    await removeOwnBundles(project);
    expect(await readdir(join(project, '.local'))).toEqual([]);
  });
});
