import { expect, test } from '@jest/globals';
import { freePort } from '../../local/machine/free-port.ts';
import { useHolds } from './holds.ts';
import { failing, type JobctlSystem } from './jobctl-system.ts';
import { answering, withServer } from './scripted-server.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const trace = /^\s+at /m;

/** Each exit code, and what is said beside it. */
export function describeEndings(system: () => JobctlSystem): void {
  const hold = useHolds();
  const said = async (code: number, text: string | RegExp, args: readonly string[], env = {}) => {
    const ended = await system().run(args, { env });
    expect({ args, ...ended }).toEqual({ args, code, out: '', err: expect.stringMatching(text) });
    expect(ended.err).not.toMatch(trace);
    return ended;
  };

  test('1: the API failed', () => {
    const body = { type: '/problems/internal-error', title: 'x', status: 500, detail: 'It was logged.' };
    return withServer(answering(500, body), async (url) => {
      await said(1, /answers 500: It was logged\. Tell its operator/, ['status', nobody, '--url', url]);
    });
  });

  test('2: what was typed is wrong', async () => {
    await Promise.all([
      said(2, /unknown command 'frob'/, ['frob']),
      said(2, /unknown option '--paylod'/, ['submit', 'counting', '--paylod', '{}']),
      said(2, /missing required argument/, ['submit']),
      said(2, /is neither a job's id nor/, ['status', 'x']),
      said(2, /there is no such file/, ['submit', 'counting', '--payload', 'nowhere.json']),
      said(2, /^(?!.*secret).*--key is an idempotency key/, ['submit', 'counting', '--key', 'sjw_secret']),
      said(2, /--in is "soon"/, ['submit', 'counting', '--in', 'soon']),
      said(2, /cannot be used with/, ['submit', 'counting', '--in', '1m', '--at', '12:00']),
      said(2, /There is no file nowhere.csv/, ['upload', 'nowhere.csv']),
      said(2, /is a folder, and not a file/, ['upload', '/']),
      said(2, /JOB_URL is "jobs"/, ['list'], { JOB_URL: 'jobs' }),
      said(2, /--limit is "0"/, ['list', '--limit', '0']),
      said(2, /Name jobs by their ids, or by a filter/, ['cancel']),
    ]);
  });

  test('3: there is no such thing', async () => {
    await Promise.all([
      said(3, /There is no job of this id/, ['status', nobody]),
      said(3, /There is no job of this id/, ['watch', nobody]),
      said(3, /There is no job of this id/, ['erase', nobody]),
      said(3, /There is no job type "nope"/, ['types', 'nope']),
      said(3, /has no schedule nope\. There are: nightly, quarterly-report\./, ['schedules', 'run', 'nope']),
      said(3, /only a job that has succeeded has a result/, ['result', await system().submitWaiting()]),
    ]);
  });

  test('4: the API refuses it', async () => {
    const id = await system().submitWaiting('--key', 'one');
    await Promise.all([
      said(4, /\/payload\/seconds: Invalid input/, ['submit', 'counting', '--payload', '{"seconds": "x"}']),
      said(4, /there is no job type of this name; there are: /, ['submit', 'nope']),
      said(4, /only a failed or canceled job can be retried/, ['retry', id]),
      said(4, /was used before, with another request/, [
        'submit',
        'counting',
        '--key',
        'one',
        '--payload',
        '{"seconds": 9}',
      ]),
    ]);
    const stdin = JSON.stringify({ csv: 'x'.repeat(300_000), groupBy: 'a', metrics: [] });
    const large = await system().run(['submit', 'csv-sums', '--payload', '-'], { stdin });
    expect(large).toMatchObject({ code: 4, out: '', err: expect.stringContaining('jobctl upload FILE') });
  });

  test('5: no key, a wrong key, a key without the right', async () => {
    const reading = await system().keyWith('read');
    await Promise.all([
      said(5, /asks for a credential\. Set JOB_KEY/, ['list'], { JOB_KEY: '' }),
      said(5, /does not accept the key/, ['list'], { JOB_KEY: 'sjw_wrong' }),
      said(5, /Use a key that has the right/, ['submit', 'counting'], { JOB_KEY: reading }),
      said(5, /Use a key that has the right/, ['schedules'], { JOB_KEY: reading }),
    ]);
  });

  test('6: nothing answers, something else answers, the API cannot answer', async () => {
    const msOf = async (run: Promise<unknown>) => {
      const start = Date.now();
      await run;
      return Date.now() - start;
    };
    const startMs = await msOf(system().run(['--version']));
    const env = { PORT: String(await freePort()) };
    const endMs = await msOf(
      said(6, /Nothing answers at .*: ECONNREFUSED\. Start it with `npm start`/, ['list'], env),
    );
    // A person waits for it: half a second, beside what a start takes.
    expect(endMs).toBeLessThan(25 * startMs);
    await withServer(answering(200, '<p>Hello', { 'content-type': 'text/html' }), (url) =>
      said(6, /is not the API of a job worker/, ['list', '--url', url]),
    );
    await withServer(answering(503, { message: 'Busy' }), (url) =>
      said(6, /cannot answer now: Busy\. Try again later\.\nThe job may have been submitted\. .* --key /, [
        ...['submit', 'counting', '--url', url],
      ]),
    );
  });

  test('7 and 8: the job failed, the job was canceled', async () => {
    const failed = await system().submit(failing.type, failing.payload);
    const canceled = await system().submitWaiting();
    await system().run(['cancel', canceled]);
    await Promise.all([
      said(7, /failed\. ColumnError: there is no column "c"/, ['wait', failed]),
      said(7, /failed\. ColumnError/, [
        'submit',
        failing.type,
        '--payload',
        JSON.stringify(failing.payload),
        '--wait',
      ]),
      said(8, /was canceled/, ['wait', canceled]),
    ]);
    expect((await system().run(['watch', failed])).code).toBe(7);
    const json = await system().run(['wait', canceled, '--json']);
    expect({ code: json.code, job: JSON.parse(json.out) }).toMatchObject({
      code: 8,
      job: { status: 'canceled' },
    });
  });

  test('9: the job did not end in time, and goes on', async () => {
    const id = await system().submitWaiting();
    await said(9, `Job ${id} has not ended in time, and goes on. To come back: jobctl watch ${id}`, [
      ...['wait', id, '--timeout', '1s'],
    ]);
    expect((await system().run(['status', id])).out).toContain('waiting');
  });

  test('130: Ctrl-C leaves the job alone', async () => {
    const { heldBy } = hold();
    const id = await system().submit('counting', { seconds: 2, heldBy });
    const ended = await system().run(['watch', id], { interruptAt: / s left/ });
    expect(ended).toMatchObject({
      code: 130,
      err: expect.stringContaining(`To come back: jobctl watch ${id}`),
    });
    expect((await system().run(['cancel', id])).out).toContain('is to be canceled; now running');
  });

  test('what happened inside is shown to who asks for it', async () => {
    const { err } = await system().run(['status', nobody], { env: { JOBCTL_DEBUG: '1' } });
    expect(err).toMatch(trace);
  });
}
