import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { projectDir } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let system: ChildSystem;
beforeAll(async () => {
  system = await startLocalSystem({ auth: 'apiKey' });
});
afterAll(() => system?.stop());

const submit = (key?: string): Promise<Response> =>
  fetch(`${system.address}/jobs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ type: 'counting', payload: { seconds: 1 } }),
  });

/** Runs a script of an operator, for the system on this port. */
const run = (
  script: string,
  args: readonly string[],
  port = new URL(system.address).port,
): Promise<Printed> =>
  new Promise((resolve) => {
    const command = [join(projectDir, script), ...args];
    const env = { ...process.env, PORT: port };
    execFile(process.execPath, command, { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
const keys = (args: readonly string[], port?: string) => run('scripts/keys.ts', args, port);
const local = (...args: string[]) => keys([...args, '--stage', 'local']);

test('`AUTH=apiKey npm start` prints a key, and answers only calls with a key', async () => {
  const key = await eventually(async () => /KEY=(\S+)/.exec(system.output())?.[1], 'a key to be printed');
  expect((await submit(key)).status).toBe(202);
  expect((await submit()).status).toBe(401);
  expect(system.output()).toContain('Authorization: Bearer $KEY');
});

test('the numbers of all tenants, `GET /metrics`, ask for a key with the right `operate`', async () => {
  const statusFor = async (rights?: string): Promise<number> => {
    const { out } =
      rights === undefined
        ? { out: '' }
        : await local('create', '--tenant', 'a metered one', '--rights', rights);
    const headers: Record<string, string> =
      rights === undefined ? {} : { authorization: `Bearer ${out.trim()}` };
    const answer = await fetch(`${system.address}/metrics`, { headers });
    const type = answer.headers.get('content-type') ?? '';
    expect(type).toMatch(answer.status === 200 ? /^text\/plain/ : /^application\/problem\+json/);
    return answer.status;
  };
  expect([await statusFor(), await statusFor('submit,read,admin'), await statusFor('operate')]).toEqual([
    401, 403, 200,
  ]);
});

test('a key that `npm run keys` makes is printed alone, and can be used at once', async () => {
  const { out, err } = await local('create', '--tenant', 'acme', '--rights', 'submit', '--expires', '1d');
  expect(out).toMatch(/^sjw_\w{12}_\w{49}\n$/);
  expect(err).toMatch(/expires 20\d\d-\d\d-\d\dT/);
  expect(err).toContain('Keep the key: it is not shown again.');
  expect(err).toContain('acme is one more tenant of the stage. Deploy the stage with tenants=several');
  const answer = await submit(out.trim());
  expect(answer.status).toBe(202);
  const { statusUrl } = jobResponse.parse(await answer.json());
  const read = await fetch(statusUrl, { headers: { authorization: `Bearer ${out.trim()}` } });
  expect(read.status).toBe(403);
});

test('rotated and revoked keys are listed so, and no list shows a secret', async () => {
  const created = await local('create', '--tenant', 'acme', '--rights', 'read');
  const id = created.out.slice(4, 16);
  const rotated = await local('rotate', id, '--grace', '2h');
  expect(rotated.out.slice(4, 16)).toBe(id);
  expect((await local('list')).out).toMatch(new RegExp(`key/${id}  acme  read .*older secret valid until`));
  await local('revoke', id);
  const { out } = await local('list');
  expect(out).toMatch(new RegExp(`key/${id}  acme  read .*revoked`));
  for (const { out: text } of [created, rotated]) expect(out).not.toContain(text.slice(17, 60));
});

test('init keeps the root secret, a derived key is rotated, and a role is mapped and unmapped', async () => {
  expect((await local('init')).err).toBe('There is a root secret already. It stays.\n');
  expect((await local('rotate-derived', 'cursor')).err).toContain('cursor 2');
  await local('map-role', 'batch', '--tenant', 'acme', '--rights', 'submit,read');
  expect((await local('list')).out).toContain('role/batch  acme  submit,read  mapped');
  await local('unmap-role', 'batch');
  const { out: log } = await local('log');
  const [unmapped, mapped] = log.split('\n');
  expect(unmapped).toMatch(/^20\S+Z {2}unmap-role {2}role\/batch {2}by local:\S+$/);
  expect(mapped).toMatch(/ {2}map-role {2}role\/batch {2}acme {2}by local:/);
  expect((await local('list')).out).not.toContain('role/batch');
});

test('the root secret goes into a file that only its owner may read, and comes back with the passphrase alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'root-'));
  const [file, passphrases] = [join(folder, 'root.json'), join(folder, 'passphrase.txt')];
  await writeFile(passphrases, 'correct horse battery\n');
  const [withIt, other] = [
    ['--passphrase-file', passphrases],
    ['--passphrase-file', join(folder, 'root.json')],
  ];
  expect(await local('export-root', file)).toMatchObject({
    code: 2,
    err: 'The passphrase is missing: set ROOT_PASSPHRASE, or --passphrase-file.\n',
  });
  expect((await local('export-root', file, ...withIt)).err).toContain(
    'Keep the file and its passphrase apart',
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await local('log')).out).toMatch(/ {2}export-root {2}root {2}by local:/);
  const again = await local('export-root', file, ...withIt);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('EEXIST')]);

  expect((await local('import-root', file, ...withIt)).err).toBe(
    'The stage has this root secret already. It stays.\n',
  );
  const wrong = await local('import-root', file, ...other);
  expect([wrong.code, wrong.err]).toEqual([4, 'The passphrase is wrong, or the file was changed.\n']);
  const none = await local('import-root', passphrases, ...withIt);
  expect([none.code, none.err]).toEqual([
    4,
    expect.stringContaining('none that `keys export-root` has written'),
  ]);
  await rm(folder, { recursive: true });
});

const hook = 'https://hooks.example.com/jobs';

test('a rotated webhook secret is shown beside the one before, to a caller that may see it', async () => {
  const rights = ['--rights', 'admin', '--tenant'];
  const key = (await local('create', ...rights, 'acme')).out.trim();
  const other = (await local('create', ...rights, 'other')).out.trim();
  const rotated = await local('rotate-webhook', '--tenant', 'acme', '--grace', '2h');
  expect(rotated.err).toMatch(/^webhook\/\S{22} {2}acme {2}webhook secret 2 {2}the one before until 20/);
  const secretOf = async (shown: string) => {
    const headers = { authorization: `Bearer ${shown}` };
    return (await fetch(`${system.address}/webhook-secret?url=${hook}`, { headers })).json();
  };
  const secret = expect.stringMatching(/^whsec_/);
  const until = expect.stringMatching(/^20/);
  expect(await secretOf(key)).toEqual({ url: hook, secret, previous: { secret, until } });
  expect(await secretOf(other)).toEqual({ url: hook, secret });
  const alone = await local('rotate-webhook', '--tenant', 'other', '--url', `${hook}?order=1`);
  expect(alone.err).toMatch(
    /^webhook\/\S{22} {2}other {2}webhook secret 1 {2}https:\/\/hooks.example.com\/jobs 2 {2}the one before until 20/,
  );
});

test('a limit of a tenant is set, shown and taken back', async () => {
  const limits = (...args: string[]) => local('limits', '--tenant', 'acme', ...args);
  const shown = async () => (await limits()).out;
  expect(await shown()).toBe('limits  acme  as the stage has them\n');
  const set = await limits('--jobs-per-minute', '600');
  const delay = 'The functions know it within a minute.';
  expect(set).toEqual({ code: 0, out: '', err: `limits  acme  jobs a minute: 600\n${delay}\n` });
  expect([await shown(), (await local('list')).out]).toEqual([
    'limits  acme  jobs a minute: 600\n',
    expect.stringContaining('limits  acme  jobs a minute: 600'),
  ]);
  const json = JSON.parse((await limits('--jobs-per-minute', 'none', '--json')).out);
  expect(json).toEqual({ tenant: 'acme', limits: { jobsPerMinute: 'none' } });
  await limits('--jobs-per-minute', 'stage');
  expect(await shown()).toBe('limits  acme  as the stage has them\n');
  const wrong = await limits('--jobs-per-minute', '0');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--jobs-per-minute "0" is neither')]);
});

test('to where a tenant may mail is said, shown and taken back, and nothing else of it changes', async () => {
  const mail = (...args: string[]) => local('mail', '--tenant', 'acme', ...args);
  expect(await mail()).toEqual({ code: 0, out: 'acme  mail to nobody\n', err: '' });
  const said = await mail('--to', 'Example.com,jane@example.org');
  expect(said.err).toMatch(
    /^tenant\/\S{22} {2}acme {2}mail to example.com, jane@example.org\nThe functions know it within a minute.\n$/,
  );
  await local('mail', '--tenant', '*', '--to', 'staff.example');
  expect((await mail()).out).toMatch(
    /^tenant\/\S{22} {2}acme {2}mail to example.com, jane@example.org\ntenant\/\S{22} {2}\* {2}mail to staff.example\n$/,
  );
  expect(JSON.parse((await mail('--json')).out)).toEqual([
    { kind: 'tenant', tenant: 'acme', mailTo: ['example.com', 'jane@example.org'] },
    { kind: 'tenant', tenant: '*', mailTo: ['staff.example'] },
  ]);
  expect((await local('list')).out).toContain('  acme  mail to example.com, jane@example.org\n');
  expect((await mail('--to', 'none')).err).toContain('  acme  mail to nobody\n');
  expect(await local('mail', '--tenant', '*', '--to', '*')).toMatchObject({
    code: 4,
    err: 'Every tenant might mail to every address. Name the tenants that may.\n',
  });
  expect(await mail('--to', 'localhost')).toMatchObject({
    code: 2,
    err: expect.stringContaining('has "localhost"'),
  });
});

test('bad input changes nothing, and everything that is wrong is named at once', async () => {
  const before = (await local('list')).out;
  const { code, err } = await keys(['create', '--rights', 'all', '--expires', 'yesterday']);
  expect(code).toBe(2);
  expect(err.trim().split('\n')).toEqual([
    expect.stringMatching(/^--tenant is missing: /),
    expect.stringContaining('--rights "all" names "all", and there is no such right'),
    expect.stringContaining('--expires "yesterday" is'),
    expect.stringMatching(/^--stage is missing: local for `npm start`/),
  ]);
  expect(await local('revoke', 'unknownKey00')).toMatchObject({
    code: 4,
    err: 'There is no key unknownKey00. `keys list` shows the ids.\n',
  });
  expect((await local('list')).out).toBe(before);
});

test('without `npm start` on the port, it says so', async () => {
  const { code, err } = await keys(['list', '--stage', 'local'], '1');
  expect({ code, err }).toMatchObject({ code: 6, err: expect.stringContaining('does not run on port 1') });
});
