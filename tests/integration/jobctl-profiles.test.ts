import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Ended, runJobctl, runOnTerminal } from './jobctl-command.ts';
import { type Answer, answering, withServer } from './scripted-server.ts';

const secret = 'sjw_a-secret-of-prod';
const ok = { code: 0, out: '', err: '' };

let folder: string;
let env: Readonly<Record<string, string>>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobctl-profiles-'));
  env = { XDG_CONFIG_HOME: folder };
});
afterEach(() => rm(folder, { recursive: true }));

const file = () => join(folder, 'jobctl', 'profiles.json');
const run = (args: readonly string[], more: Parameters<typeof runJobctl>[1] = {}): Promise<Ended> =>
  runJobctl(args, { ...more, env: { ...env, ...more.env } });
const add = (name: string, url: string, ...more: string[]) =>
  run(['profiles', 'add', name, '--url', url, ...more], { stdin: `${secret}\n` });

/** Servers that note with which credential they are asked. */
async function withTwoServers(
  use: (urls: readonly [string, string], asked: Map<string, unknown[]>) => Promise<void>,
): Promise<void> {
  const asked = new Map<string, unknown[]>();
  const noted: Answer = (response, request) => {
    const url = `http://${request.headers.host}`;
    asked.set(url, [...(asked.get(url) ?? []), request.headers.authorization]);
    answering(200, { items: [], nextCursor: null })(response, request);
  };
  await withServer(noted, (one) => withServer(noted, (other) => use([one, other], asked)));
}

test('profiles are added, listed without their keys, chosen and removed', async () => {
  expect(await add('prod', 'https://prod.example.com/')).toEqual(ok);
  expect(await add('local', 'http://127.0.0.1:3200', '--no-key')).toEqual(ok);
  expect(await run(['profiles', 'use', 'prod'])).toEqual(ok);
  expect((await run(['profiles'])).out).toBe(
    '* prod          https://prod.example.com\n  local         http://127.0.0.1:3200  (no key)\n',
  );
  const { out } = await run(['profiles', 'list', '--json']);
  expect(JSON.parse(out)).toEqual([
    { name: 'prod', url: 'https://prod.example.com', hasKey: true, isDefault: true },
    { name: 'local', url: 'http://127.0.0.1:3200', hasKey: false, isDefault: false },
  ]);
  expect(await readFile(file(), 'utf8')).toContain(secret);
  expect(await run(['profiles', 'remove', 'prod'])).toEqual(ok);
  expect(await readFile(file(), 'utf8')).not.toMatch(/sjw_|default/);
  expect(await run(['profiles', 'use', '--none'])).toEqual(ok);
});

test('a key is sent to the system that it is for, and to no other', async () => {
  await withTwoServers(async ([prod, other], asked) => {
    await add('prod', prod);
    await run(['profiles', 'use', 'prod']);
    const variables = { JOB_KEY: 'sjw_of-variable' };
    await run(['list']);
    await run(['list', '--url', `${prod}/`]);
    await run(['list', '--profile', 'prod'], { env: { ...variables, JOB_URL: other } });
    await run(['list', '--profile', 'prod'], { env: variables });
    expect(asked.get(prod)).toEqual(Array(4).fill(`Bearer ${secret}`));
    await run(['list', '--url', other]);
    await run(['list'], { env: { JOB_URL: other } });
    await run(['list', '--url', other], { env: { ...variables, JOB_URL: prod } });
    expect(asked.get(other)).toEqual([undefined, undefined, undefined]);
    await run(['list'], { env: { ...variables, JOB_URL: other } });
    expect(asked.get(other)?.[3]).toBe('Bearer sjw_of-variable');
    const both = await run(['list', '--url', other, '--profile', 'prod']);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('Use one of them') });
    expect([asked.get(prod)?.length, asked.get(other)?.length]).toEqual([4, 4]);
  });
});

test('doctor tells what has named the system and the key, and which key is not used', async () => {
  await add('prod', 'http://127.0.0.1:9');
  const { out } = await run(['doctor', '--profile', 'prod'], { env: { JOB_KEY: 'sjw_1' } });
  expect(out).toContain('http://127.0.0.1:9: named by profile "prod", with the key of profile "prod"\n');
  expect(out).toContain('JOB_KEY is not sent there');
  expect(out).not.toContain('sjw_');
  expect((await run(['doctor', '--url', 'http://127.0.0.1:9'], { env: { JOB_KEY: 'k' } })).out).toContain(
    'named by --url, with the key in JOB_KEY',
  );
});

test('commands at the same time lose no profile', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const ended = await Promise.all(names.map((name) => add(name, `https://${name}.example.com`)));
  expect(ended).toEqual(names.map(() => ok));
  const { profiles } = JSON.parse(await readFile(file(), 'utf8'));
  expect(Object.keys(profiles).sort()).toEqual(names);
});

test('what cannot be is refused, and changes nothing', async () => {
  await add('prod', 'https://prod.example.com');
  const before = await readFile(file(), 'utf8');
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['To replace it: --replace', ['add', 'prod', '--url', 'https://other.example.com']],
    ['is no name of a profile', ['add', '$(id)', '--url', 'https://other.example.com']],
    ['so none is sent there. Use https', ['add', 'dev', '--url', 'http://dev.example.com']],
    ['--url is missing', ['add', 'dev']],
    ['--url is "dev.example.com"', ['add', 'dev', '--url', 'dev.example.com']],
    [
      'There is no key. For a system that asks for none: --no-key',
      ['add', 'dev', '--url', 'https://a.example'],
    ],
    ['There is no profile "dev"', ['remove', 'dev']],
    ['There is no profile "dev"', ['use', 'dev']],
    ['Name a profile, or use --none', ['use']],
  ];
  for (const [text, args] of refused)
    expect(await run(['profiles', ...args])).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining(text),
    });
  expect(await readFile(file(), 'utf8')).toBe(before);
  expect(await add('prod', 'https://other.example.com', '--replace')).toEqual(ok);
  expect((await run(['profiles'])).out).toContain('https://other.example.com');
});

test('a file that others can read is not used', async () => {
  await add('prod', 'http://127.0.0.1:9');
  await chmod(file(), 0o644);
  for (const args of [['list', '--profile', 'prod'], ['profiles'], ['list']])
    expect(await run(args)).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining(`chmod 600 ${file()}`),
    });
});

test('on a terminal the key is asked for, and is not shown', async () => {
  const typed = await runOnTerminal(['profiles', 'add', 'prod', '--url', 'https://prod.example.com'], {
    env,
    steps: [{ see: '(it is not shown):', type: `${secret}\r` }],
  });
  expect(typed).toEqual({ code: 0, output: expect.stringContaining('jobctl profiles use prod') });
  expect(typed.output).not.toContain(secret.slice(0, 5));
  expect(JSON.parse(await readFile(file(), 'utf8')).profiles.prod.key).toBe(secret);
});

test.each([
  ['\u0003', 130],
  ['\u0004', 2],
])('Ctrl-C and Ctrl-D in place of a key add nothing', async (type, code) => {
  const args = ['profiles', 'add', 'prod', '--url', 'https://prod.example.com'];
  const ended = await runOnTerminal(args, { env, steps: [{ see: 'not shown', type }] });
  expect(ended.code).toBe(code);
  await expect(readFile(file())).rejects.toThrow('ENOENT');
});
