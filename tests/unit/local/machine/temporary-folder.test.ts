import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { makeTemporaryFolder } from '../../../../local/machine/temporary-folder.ts';

const temporaryFolders = new URL('../../../../local/machine/temporary-folder.ts', import.meta.url).href;
const makeFolder = `
const { makeTemporaryFolder } = await import('${temporaryFolders}');
console.log(makeTemporaryFolder('sockets').folder);
process.stdin.resume();
`;

describe('temporary folder', () => {
  test('goes with its process, and the next start removes that of a process that was killed', async () => {
    const folders: string[] = [];
    for (const signal of ['SIGKILL', undefined] as const) {
      const other = spawn(process.execPath, ['--input-type=module', '--eval', makeFolder]);
      const [line] = await once(other.stdout, 'data');
      folders.push(String(line).trim());
      const ended = once(other, 'exit');
      if (signal) other.kill(signal);
      else other.stdin.end();
      await ended;
    }
    const own = makeTemporaryFolder('objects');
    const running = makeTemporaryFolder('sockets');
    const there = [...folders, own.folder, running.folder].map((folder) => existsSync(folder));
    expect(there).toEqual([false, false, true, true]);
    for (const { remove } of [own, running]) remove();
    expect(existsSync(own.folder)).toBe(false);
  });
});
