import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { residentMb } from '../../../../server/isolation/resident-memory.ts';

test('the memory of a process counts that of the processes which it has started', async () => {
  const hungry =
    'const kept = Buffer.alloc(100 * 2 ** 20, 1); process.stdout.write("ready"); setInterval(() => kept, 1e6)';
  const started = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(hungry)}], { stdio: "inherit" })`;
  const parent = spawn(process.execPath, ['-e', started], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const { pid = 0 } = parent;
  try {
    await once(parent.stdout, 'data');
    expect(await residentMb(pid)).toBeGreaterThan(100);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
  await once(parent, 'exit');
  expect(await residentMb(pid)).toBeUndefined();
});
