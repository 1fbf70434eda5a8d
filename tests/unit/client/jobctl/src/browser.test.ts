import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openerOn, openPage } from '../../../../../client/jobctl/src/browser.ts';

const ssh = { SSH_CONNECTION: '10.0.0.1 50000 10.0.0.2 22' };

test.each<[NodeJS.Platform, Readonly<Record<string, string>>, readonly string[] | undefined]>([
  ['linux', { DISPLAY: ':0' }, ['xdg-open']],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open']],
  ['linux', {}, undefined],
  ['linux', ssh, undefined],
  ['linux', { ...ssh, DISPLAY: 'localhost:10.0' }, ['xdg-open']],
  ['darwin', {}, ['/usr/bin/open']],
  ['darwin', ssh, undefined],
  ['win32', { SystemRoot: 'D:\\Win' }, ['D:\\Win\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler']],
  ['win32', { SSH_TTY: '/dev/pts/0' }, undefined],
])('on %s with %j a page is opened by %j', (platform, env, opener) => {
  expect(openerOn({ platform, env })).toEqual(opener);
});

test('the program gets the address as one argument, as it is, and no key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
  try {
    const [program, seen] = [join(folder, 'program'), join(folder, 'seen')];
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" "key: $JOB_KEY" >"${seen}"\n`);
    await chmod(program, 0o755);
    const href = 'https://jobs.example.com/ui?a=$(id)&b=`id`;c|d';
    const env = { PATH: process.env.PATH, JOB_KEY: 'a secret' };
    expect(await openPage(href, [program, 'first'], env)).toBe(true);
    expect(await readFile(seen, 'utf8')).toBe(`first\n${href}\nkey: \n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('it is told if the program is not there, or fails', async () => {
  expect(await openPage('https://jobs.example.com/', ['/nonexistent/xdg-open'], {})).toBe(false);
  expect(await openPage('https://jobs.example.com/', ['/bin/false'], {})).toBe(false);
});
