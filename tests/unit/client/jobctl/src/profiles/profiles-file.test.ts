import {
  chmod,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  changeProfiles,
  profilesPath,
  readProfiles,
} from '../../../../../../client/jobctl/src/profiles/profiles-file.ts';

const url = 'https://jobs.example.com';
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profiles-'));
  path = join(folder, 'config', 'jobctl', 'profiles.json');
});
afterEach(() => rm(folder, { recursive: true }));

const add = (name: string, key?: string) =>
  changeProfiles(path, (before) => ({
    ...before,
    profiles: new Map([...before.profiles, [name, { url, key }]]),
  }));
const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

test.each([
  [{ HOME: '/home/ada' }, '/home/ada/.config/jobctl/profiles.json'],
  [{ HOME: '/home/ada', XDG_CONFIG_HOME: '/etc/x' }, '/etc/x/jobctl/profiles.json'],
  [{ HOME: '/home/ada', XDG_CONFIG_HOME: 'relative' }, '/home/ada/.config/jobctl/profiles.json'],
  [{ HOME: '/home/ada', XDG_CONFIG_HOME: '/etc/x', JOBCTL_CONFIG: 'here.json' }, 'here.json'],
])('the file is where the environment says: %j', (env, expected) => {
  expect(profilesPath(env)).toBe(expected);
});

test('where there is no file, there are no profiles', () => {
  expect(readProfiles(path).profiles.size).toBe(0);
});

test('only the owner can read the file and its folder, and nothing is left beside it', async () => {
  await add('prod', 'sjw_1');
  expect(readProfiles(path).profiles.get('prod')).toEqual({ url, key: 'sjw_1' });
  expect([await modeOf(path), await modeOf(join(path, '..'))]).toEqual(['600', '700']);
  expect(await readdir(join(path, '..'))).toEqual(['profiles.json']);
});

test('a file with a key that others can read is refused, with what mends it', async () => {
  await add('prod', 'sjw_1');
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(path, mode);
    expect(() => readProfiles(path)).toThrow(`has keys, and others can read or write it`);
    expect(() => readProfiles(path)).toThrow(`chmod 600 ${path}`);
    await expect(add('dev')).rejects.toThrow('chmod 600');
  }
  await chmod(path, 0o600);
  expect(readProfiles(path).profiles.size).toBe(1);
});

test('a file without keys may be read by others, and not written', async () => {
  await add('local');
  await chmod(path, 0o644);
  expect(readProfiles(path).profiles.size).toBe(1);
  await chmod(path, 0o664);
  expect(() => readProfiles(path)).toThrow('can be written by others');
});

test('changes at the same time are all kept', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  await Promise.all(names.map((name) => add(name)));
  expect([...readProfiles(path).profiles.keys()].sort()).toEqual([...names].sort());
});

test('a change that fails leaves the file as it was, and no lock', async () => {
  await add('prod', 'sjw_1');
  const before = await readFile(path, 'utf8');
  await expect(
    changeProfiles(path, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(await readdir(join(path, '..'))).toEqual(['profiles.json']);
});

test('a link to a file elsewhere stays a link', async () => {
  await add('prod');
  const elsewhere = join(folder, 'elsewhere.json');
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
  await add('dev');
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  expect([...readProfiles(elsewhere).profiles.keys()]).toEqual(['prod', 'dev']);
});

test('a damaged file is named, and is not overwritten', async () => {
  await add('prod');
  await writeFile(path, '{');
  expect(() => readProfiles(path)).toThrow(`${path} is damaged: line 1 is no JSON.`);
  await expect(add('dev')).rejects.toThrow('is damaged');
  expect(await readFile(path, 'utf8')).toBe('{');
});

test('a lock that somebody was killed with is named', async () => {
  await add('prod');
  await writeFile(`${path}.lock`, '');
  await expect(add('dev')).rejects.toThrow(`remove ${path}.lock`);
}, 10_000);
