import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startChildSystem } from '../../local/child-system.ts';
import { sls, withProjectCopy } from '../project-copy.ts';

test('a system that runs loads its functions after `sls package` in the same folder, and a stop removes its bundles', async () => {
  await withProjectCopy(async (project) => {
    const system = await startChildSystem(AbortSignal.timeout(60_000), { project });
    const bundlesOf = async () =>
      (await readdir(join(project, '.local'))).filter((name) => /^\d+$/.test(name));
    try {
      expect(await bundlesOf()).toHaveLength(1);
      await sls(project, ['package', '--stage', 'staging']);
      // No call has loaded this function before.
      const response = await fetch(`${system.address}/jobs/00000000-0000-4000-8000-000000000000/wait`);
      expect(response.status).toBe(404);
    } finally {
      await system.stop();
    }
    expect(await bundlesOf()).toEqual([]);
  });
});
