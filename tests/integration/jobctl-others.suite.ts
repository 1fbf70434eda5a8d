import { expect, test } from '@jest/globals';
import { checkWaitingJobs } from '../../client/jobctl/src/system/check-system.ts';
import { otherCalls } from '../../client/jobctl/src/system/session.ts';
import { rights } from '../../shared/domain/access/access-entry.ts';
import { runJobctl, runPiped } from './jobctl-command.ts';
import type { JobctlSystem } from './jobctl-system.ts';

/** Types, doctor, and how the command is started. */
export function describeOthers(system: () => JobctlSystem): void {
  test('types are listed, and one is shown with its schemas', async () => {
    const { out: all } = await system().run(['types']);
    expect(all).toMatch(/^counting +queue long/m);
    expect(all).toMatch(/^bulk-action .*reserved: `jobctl cancel`, `retry` or `erase` with a filter makes/m);
    expect((await system().run(['types', 'counting'])).out).toContain('"failFirst"');
    expect((await system().run(['types', 'booking'])).out).toMatch(/^signal approve, as a JSON Schema:$/m);
    const { out } = await system().run(['types', 'counting', '--json']);
    expect(JSON.parse(out)).toMatchObject({ type: 'counting', payload: { required: ['seconds'] } });
  });

  test('doctor tells which rights a key has, and changes nothing', async () => {
    const all = await system().run(['doctor', '--json']);
    expect(JSON.parse(all.out)).toMatchObject({
      ok: true,
      isAccepted: true,
      clockSkewSeconds: expect.any(Number),
      rights,
    });
    const env = { JOB_KEY: await system().keyWith('submit,control') };
    const some = await system().run(['doctor'], { env });
    expect(some.out).toMatch(/the key \w+ is accepted; tenant [\w-]+; rights: submit, control\n$/);
    expect(some.code).toBe(0);
    const count = async () => (await system().run(['list', '--all'])).out.split('\n').length;
    const before = await count();
    await system().run(['doctor']);
    expect(await count()).toBe(before);
  });

  test('doctor tells of jobs that no worker has begun for a minute', async () => {
    // No worker server runs here.
    const uploaded = await system().run(['upload', 'README.md']);
    const id = await system().submit('sort-lines', { objects: [uploaded.out.trim()] });
    // SQS delays it.
    const early = await system().submit('counting', { seconds: 0 }, '--in', '5m');
    const { out } = await system().run(['doctor']);
    expect(out).toContain('no job waits for a worker');
    const { JOB_KEY: key } = system().env;
    const api = otherCalls(system().address, { key }, AbortSignal.timeout(90_000));
    const check = await checkWaitingJobs({ now: () => Date.now() + 65_000, call: api.call });
    expect(check).toEqual({
      level: 'notice',
      text: expect.stringMatching(
        `^sort-lines ${id} has waited for a worker for 1 m \\d+ s: its queue is long, or`,
      ),
    });
    await system().run(['cancel', id, early]);
  });

  test('doctor says what is wrong', async () => {
    const wrong = await system().run(['doctor'], { env: { JOB_KEY: 'sjw_wrong' } });
    expect(wrong).toMatchObject({
      code: 5,
      out: expect.stringContaining('the key in JOB_KEY is not accepted'),
    });
    const nowhere = await system().run(['doctor', '--url', 'http://127.0.0.1:9'], {});
    expect(nowhere).toMatchObject({ code: 6, out: expect.stringContaining('Nothing answers at') });
  });

  test('help goes to the standard output', async () => {
    const ended = await runJobctl(['submit', '--help']);
    expect(ended).toEqual({ code: 0, out: expect.stringMatching(/^ {2}\$ jobctl submit /m), err: '' });
  });

  test('it starts by npx, and by a Node.js that cannot run TypeScript', async () => {
    const version = { code: 0, out: '1.0.0\n', err: '' };
    expect(await runPiped(['npx', '--no-install', 'jobctl', '--version'])).toEqual(version);
    // As if it could not: the command then starts itself again, by the Node.js of the project.
    const node = [process.execPath, '--no-experimental-strip-types'];
    const bin = 'node_modules/.bin/jobctl';
    expect(await runPiped([...node, bin, '--version'])).toEqual(version);
    expect((await runPiped([...node, bin, 'frob'])).code).toBe(2);
  });
}
