import { spawn } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { watchSystem } from '../../../server/watch-system.ts';
import { eventually } from '../../integration/eventually.ts';

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
