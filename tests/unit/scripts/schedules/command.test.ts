import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { root } from '../../../project-copy.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `npm run schedules -- ...` */
const schedules = (args: readonly string[]): Promise<Printed> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['scripts/schedules.ts', ...args], { cwd: root }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

test('it prints the schedules of the project as JSON', async () => {
  const { code, out } = await schedules(['--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toBeInstanceOf(Array);
});

test('what is for a running system is refused, and says which command has it', async () => {
  expect(await schedules(['pause', 'nightly'])).toEqual({
    code: 2,
    out: '',
    err: expect.stringContaining('npx jobctl schedules'),
  });
});
