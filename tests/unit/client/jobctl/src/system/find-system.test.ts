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
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Profile,
  parseProfiles,
  profilesText,
} from '../../../../../../client/jobctl/src/profiles/parse-profiles.ts';
import {
  changeProfiles,
  profilesPath,
  readProfiles,
} from '../../../../../../client/jobctl/src/profiles/profiles-file.ts';
import { findSystem, type SystemOptions } from '../../../../../../client/jobctl/src/system/find-system.ts';

type Environment = Parameters<typeof findSystem>[1]['env'];

const prod = { url: 'https://prod.example.com/v1', key: 'key-of-prod' };
const open = { url: 'http://127.0.0.1:3200' };
const other = 'https://other.example.com';

const find = (options: SystemOptions, env: Environment = {}, chosen?: string) =>
  findSystem(options, {
    env,
    profiles: () => ({ profiles: new Map<string, Profile>(Object.entries({ prod, open })), default: chosen }),
  });
const without = (env: Environment) =>
  findSystem({}, { env, profiles: () => ({ profiles: new Map<string, Profile>() }) });
const local = { url: 'http://127.0.0.1:3000', source: undefined };
const noKey = { key: undefined, keySource: undefined };

describe('find system', () => {
  test('without any setting it is the local system, on the port of PORT', () => {
    expect(without({})).toEqual({ ...local, ...noKey, isKeyIgnored: false });
    expect(without({ PORT: '3200', JOB_URL: '', JOB_PROFILE: '' }).url).toBe('http://127.0.0.1:3200');
  });

  test('what was typed goes before JOB_URL, then JOB_PROFILE, the default profile, PORT', () => {
    const env = { JOB_URL: 'https://jobs.example.com/prod/', JOB_PROFILE: 'open', PORT: '3200' };
    expect(find({ url: other }, env, 'prod')).toMatchObject({ url: other, source: '--url' });
    expect(find({ profile: 'prod' }, env, 'open')).toMatchObject({ url: prod.url, source: 'profile "prod"' });
    expect(find({}, env, 'prod')).toMatchObject({ url: 'https://jobs.example.com/prod', source: 'JOB_URL' });
    expect(find({}, { JOB_PROFILE: 'open' }, 'prod').url).toBe(open.url);
    expect(find({}, { PORT: '3100' }, 'prod')).toMatchObject({ ...prod, keySource: 'of profile "prod"' });
  });

  test('JOB_KEY without JOB_URL is for this machine', () => {
    const env = { JOB_KEY: 'key-of-variable' };
    expect(find({}, { ...env, JOB_PROFILE: 'open' }, 'prod')).toMatchObject({
      ...local,
      key: 'key-of-variable',
    });
    for (const url of ['http://localhost:3200', 'http://127.0.0.1:9', 'http://[::1]:9', 'https://127.1:8443'])
      expect(find({ url }, env, 'prod')).toMatchObject({ key: 'key-of-variable', keySource: 'in JOB_KEY' });
  });

  test.each<[string, SystemOptions, Environment, string?]>([
    ['a profile', { profile: 'open' }, { JOB_KEY: 'key-of-variable' }],
    ['a profile that is the same as JOB_URL', { profile: 'open' }, { JOB_KEY: 'k', JOB_URL: open.url }],
    ['another machine, without JOB_URL', { url: other }, { JOB_KEY: 'k' }],
    ['another machine by http, without JOB_URL', { url: 'http://10.0.0.7:3000' }, { JOB_KEY: 'k' }],
    ['a host whose name begins like this machine', { url: 'https://127.0.0.1.example' }, { JOB_KEY: 'k' }],
    ['another address than JOB_URL', { url: other }, { JOB_KEY: 'k', JOB_URL: 'https://jobs.example.com' }],
    ['the same host by http', { url: 'http://a.example' }, { JOB_KEY: 'k', JOB_URL: 'https://a.example' }],
    ['another address than a JOB_URL that is none', { url: other }, { JOB_KEY: 'k', JOB_URL: 'x' }],
  ])('JOB_KEY is not sent to %s', (_what, options, env) => {
    expect(find(options, env)).toMatchObject({ ...noKey, isKeyIgnored: true });
  });

  test.each([
    ['--url', { url: other }, {}],
    ['JOB_URL', {}, { JOB_URL: other }],
    ['--url by http', { url: 'http://prod.example.com/v1' }, {}],
    ['--url with another port', { url: 'https://prod.example.com:8443/v1' }, {}],
  ])("a profile's key is not sent to another origin, which %s names", (_what, options, env) => {
    expect(find(options, env, 'prod')).toMatchObject(noKey);
    expect(find(options, { ...env, JOB_PROFILE: 'prod' })).toMatchObject(noKey);
  });

  test("a profile's key is sent to its own origin, also if --url or JOB_URL names it", () => {
    const url = 'https://prod.example.com/v2';
    const found = { url, key: prod.key, keySource: 'of profile "prod"' };
    expect(find({ url }, {}, 'prod')).toMatchObject({ ...found, source: '--url' });
    expect(find({}, { JOB_URL: url }, 'prod')).toMatchObject({ ...found, source: 'JOB_URL' });
    expect(find({ url, profile: 'prod' }, { JOB_KEY: 'k', JOB_URL: url })).toMatchObject(found);
  });

  test('no key is sent by http to another machine', () => {
    const url = 'http://jobs.example.com';
    const profiles = () => ({ profiles: new Map([['plain', { url, key: 'secret-of-plain' }]]) });
    const refused = /^The key (in JOB_KEY|of profile "plain") was not sent to http:.+ Use https\.$/;
    expect(() => find({}, { JOB_URL: url, JOB_KEY: 'k' })).toThrow(refused);
    expect(() => find({ url }, { JOB_URL: url, JOB_KEY: 'k' })).toThrow(refused);
    expect(() => findSystem({ profile: 'plain' }, { env: {}, profiles })).toThrow(refused);
    expect(() => findSystem({ url }, { env: { JOB_PROFILE: 'plain' }, profiles })).toThrow(refused);
    expect(find({ url })).toMatchObject({ url, ...noKey });
  });

  test('--profile with an --url of another origin is refused', () => {
    expect(() => find({ url: other, profile: 'prod' })).toThrow(/^--profile prod is for .+ Use one of them/);
  });

  test('a profile that is not there is refused', () => {
    expect(() => find({ profile: 'nope' })).toThrow('--profile is "nope", and there is no such profile.');
    expect(() => find({}, { JOB_PROFILE: 'nope' })).toThrow('JOB_PROFILE is "nope"');
  });

  test('a key may have a line break behind it, as a file has', () => {
    expect(without({ JOB_KEY: 'sjw_1_2\n' }).key).toBe('sjw_1_2');
    expect(without({ JOB_KEY: ' ' }).key).toBeUndefined();
  });

  test.each([
    'jobs.example.com',
    'ftp://jobs.example.com',
    'https://a:b@example.com',
    'https://:b@example.com',
    'https://example.com/?a=1',
  ])('%s is no address of an API', (url) => {
    expect(() => find({ url })).toThrow(`--url is "${url}".`);
    expect(() => find({}, { JOB_URL: url })).toThrow(`JOB_URL is "${url}".`);
  });

  test('what is no key is refused, and not shown', () => {
    const secret = 'sjw_1\nx-header: secret';
    expect(() => without({ JOB_KEY: secret })).toThrow(/^JOB_KEY is no API key/);
    expect(() => without({ JOB_KEY: secret })).not.toThrow(/secret/);
  });
});

const url = 'https://jobs.example.com';
const withProfile = (profile: unknown, more: object = {}) =>
  JSON.stringify({ profiles: { prod: profile }, ...more });

describe('parse profiles', () => {
  test('what is written is read', () => {
    const profiles = {
      default: 'prod',
      profiles: new Map([
        ['prod', { url, key: 'sjw_1' }],
        ['a.b-c', { url }],
      ]),
    };
    expect(parseProfiles(profilesText(profiles))).toEqual(profiles);
  });

  test.each([
    ['', 'line 1 is no JSON'],
    [`{\n "profiles": {}`, 'line 2 is no JSON'],
    [`{\n "profiles": {\n  "prod": nothing\n }\n}`, 'line 3 is no JSON'],
    [`{\n "profiles": {\n  "prod": {"url": "${url}",}\n }\n}`, 'line 3 is no JSON'],
    ['[]', 'it is no JSON object'],
    ['{}', '`profiles` is no JSON object'],
    ['{"profiles": {}, "profile": "x"}', '`profile` is not known'],
    [withProfile('x'), '`profiles.prod` is no JSON object'],
    [withProfile({}), '`profiles.prod.url` is no address of an API'],
    [withProfile({ url: 'jobs.example.com' }), '`profiles.prod.url` is no address of an API'],
    [withProfile({ url, key: 7 }), '`profiles.prod.key` is no API key'],
    [withProfile({ url, key: '' }), '`profiles.prod.key` is no API key'],
    [withProfile({ url, key: 'a b' }), '`profiles.prod.key` is no API key'],
    [withProfile({ url, kye: 'sjw_1' }), '`profiles.prod.kye` is not known'],
    [withProfile({ url }, { default: 'dev' }), '`default` names no profile of it'],
    [withProfile({ url }, { default: 1 }), '`default` names no profile of it'],
    [`{"profiles": {"$(id)": {"url": "${url}"}}}`, '"$(id)" is no name of a profile'],
  ])('damage is named by its line or field: %s', (text, message) => {
    expect(() => parseProfiles(text)).toThrow(message);
  });

  test.each([
    '{"profiles": {"prod": {"key": "sjw_secret",}}}',
    '{"profiles": {"prod": {"key": sjw_secret}}}',
    '{"profiles": {"prod": {"key": "sjw_secret',
  ])('the error of a damaged file shows nothing of a key: %s', (text) => {
    expect(() => parseProfiles(text)).toThrow(/^line 1 is no JSON$/);
  });
});

let folder: string;
let path: string;

const add = (name: string, key?: string) =>
  changeProfiles(path, (before) => ({
    ...before,
    profiles: new Map([...before.profiles, [name, { url, key }]]),
  }));
const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe('profiles file', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'profiles-'));
    path = join(folder, 'config', 'jobctl', 'profiles.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

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
});
