import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { errorGroup } from '../../shared/http/families/errors.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { startJobctl } from './jobctl-command.ts';
import { failing, type JobctlSystem, jobsIn } from './jobctl-system.ts';

const progressIn = z.object({
  progress: z.nullable(z.object({ percent: z.number(), message: z.nullable(z.string()) })),
  pageUrl: z.string(),
});

/** Cancel, retry and erase: by ids, and by a filter. */
export function describeActions(system: () => JobctlSystem): void {
  const hold = useHolds();
  test('jobs are canceled, retried and erased by their ids', async () => {
    const [one, two] = [await system().submitWaiting(), await system().submitWaiting()];
    const canceled = await system().run(['cancel', one, two]);
    expect(canceled).toEqual({ code: 0, out: `${one}  canceled\n${two}  canceled\n`, err: '' });
    expect(await system().run(['retry', one])).toEqual({
      code: 0,
      out: expect.stringContaining(one),
      err: '',
    });
    expect(await system().run(['erase', two])).toEqual({ code: 0, out: `${two}  erased\n`, err: '' });
    expect((await system().run(['status', two])).code).toBe(3);
  });

  test('what is wrong with one job does not keep the command from the others', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    const id = await system().submitWaiting();
    const ended = await system().run(['cancel', nobody, id, '--json']);
    expect(ended).toMatchObject({ code: 3, err: expect.stringContaining(`${nobody}: There is no job`) });
    expect(jobsIn(ended.out)).toMatchObject([{ id, status: 'canceled' }]);
  });

  test('an answer starts the job that waits for it', async () => {
    const payload = { seats: 0, waitSeconds: 0, approveWithin: 86_400 };
    const id = await system().submit('booking', payload);
    await eventually(async () => {
      const { out } = await system().run(['status', id]);
      return out.includes('approve, until ') ? out : undefined;
    }, 'the job to wait for its answer');
    const send = (name: string, answer: string, more?: Parameters<JobctlSystem['run']>[1]) =>
      system().run(['signal', id, name, answer], more);
    expect((await send('approve', '{"isOk":1}')).err).toContain('/isOk');
    expect((await send('refuse', '{}')).err).toContain('no signal "refuse"');
    const reader = { env: { JOB_KEY: await system().keyWith('read,submit,control') } };
    expect((await send('approve', '{"isOk":true}', reader)).err).toContain('signal');
    const yes = '{"isOk":true,"note":"fine"}';
    for (const _ of ['the first', 'the same again'])
      expect(await send('approve', yes)).toMatchObject({
        code: 0,
        out: expect.stringContaining('is answered'),
      });
    expect((await send('approve', '{"isOk":false}')).err).toContain('Another answer was sent');
    expect((await system().run(['wait', id, '--json'])).out).toContain('"charge": "fine"');
    // A repetition after the end, as of a client whose answer was lost.
    expect((await send('approve', yes)).code).toBe(0);
    expect((await system().run(['signal', id, 'approve', yes, '--key', 'another'])).err).toContain(
      'succeeded',
    );
    expect((await system().run(['status', id])).out).toMatch(
      /signaled .*approve: Yes; note: fine {2}by key:/,
    );
  });

  test('a link to the page of a job ends, and its job goes on', async () => {
    const id = await system().submitWaiting();
    const { out } = await system().run(['status', id, '--json']);
    const link = z.object({ pageUrl: z.string() }).parse(JSON.parse(out)).pageUrl;
    const view = async () => (await fetch(link, { redirect: 'manual' })).status;
    expect(await view()).toBe(200);
    const reader = { env: { JOB_KEY: await system().keyWith('read,submit,signal') } };
    expect((await system().run(['end-link', link], reader)).err).toContain('control');
    expect(await view()).toBe(200);
    expect(await system().run(['end-link', link])).toEqual({
      code: 0,
      out: 'The link has ended.\n',
      err: '',
    });
    expect(await view()).toBe(404);
    expect((await system().run(['end-link', '-', '--json'], { stdin: `${link}\n` })).code).toBe(0);
    expect((await system().run(['end-link', 'a text'])).err).toContain('the whole address of a link');
    expect((await system().run(['status', id])).code).toBe(0);
  });

  test('the children of a job are counted and listed', async () => {
    const id = await system().submit('contact-sheet', { count: 2 });
    expect((await system().run(['wait', id])).code).toBe(0);
    const children = (...args: string[]) => system().run(['children', id, ...args]);
    const counted = 'children  csv-sums  2 of 2 ended, 0 unsuccessful\n';
    expect(await children()).toEqual({ code: 0, out: counted, err: '' });
    expect((await system().run(['status', id])).out).toContain(counted);
    const listed = await children('children');
    expect(listed.out).toMatch(/^0 {2}\S+ {2}succeeded\n1 {2}\S+ {2}succeeded\n$/);
    const [, first = ''] = /0 {2}(\S+)/.exec(listed.out) ?? [];
    expect((await system().run(['status', first])).out).toContain(`child 0 of ${id}`);
    for (const [status, lines] of [
      ['succeeded', 3],
      ['unsuccessful', 1],
      ['open', 1],
    ] as const)
      expect((await children('children', '--status', status)).out.split('\n')).toHaveLength(lines);
    expect((await children('children', '--status', 'failed')).err).toContain(
      'Allowed choices are open, succeeded, unsuccessful',
    );
    // What the API says of a key that a path cannot have by itself.
    for (const key of ['another', 'a/b', 'a?b', '100%', 'é 🎈'])
      expect([key, (await children(key)).err]).toEqual([key, expect.stringContaining('under this key')]);
    expect((await children('--status', 'open')).err).toContain('needs the key');
    expect((await children('children', '1')).out).toMatch(/^1 {2}\S+ {2}succeeded\n$/);
    expect((await children('children', '1', '--cancel')).err).toContain('succeeded already');
    expect((await children('children', '--retry')).err).toContain('The job is succeeded');
    for (const [typed, said] of [
      [['--retry'], 'need the key'],
      [['children', '--cancel'], 'needs the index'],
      [['children', '1', '--retry'], 'without an index'],
      [['children', '--retry', '--status', 'open'], 'do not go together'],
      [['children', '-1'], 'a whole number from 0'],
      [['children', 'first'], 'a whole number from 0'],
      [['children', '2'], 'no child of this index'],
    ] as const)
      expect([typed, (await children(...typed)).err]).toEqual([typed, expect.stringContaining(said)]);
  });

  test('one child is canceled, and made again with those that do not succeed', async () => {
    const { heldBy, release } = hold();
    const id = await system().submit('contact-sheet', { count: 9, type: 'counting', heldBy });
    const children = (...args: string[]) => system().run(['children', id, 'children', ...args]);
    const done = (...args: string[]) =>
      eventually(
        async () => {
          const ended = await children(...args);
          return ended.code === 0 ? ended.out : undefined;
        },
        `jobctl to ${args.join(' ')}`,
      );
    expect(await done('7', '--cancel')).toMatch(/^7 {2}\S+ {2}(canceled|is to be canceled; now running)\n$/);
    expect(await done('--retry')).toBe(
      'children  those that do not succeed are made again when all have ended\n',
    );
    // The API, the client's watch and the page say how far its children are.
    const watching = startJobctl(['watch', id, '--json'], system());
    const said = await eventually(async () => {
      const { progress } = progressIn.parse(JSON.parse((await system().run(['status', id, '--json'])).out));
      return progress?.message === '8 of 9 children have ended' ? progress : undefined;
    }, 'eight children to have ended');
    expect(said.percent).toBe(88);
    await eventually(async () => watching.seen().includes(JSON.stringify(said)) || undefined, 'the watch');
    const link = progressIn.parse(JSON.parse((await system().run(['status', id, '--json'])).out)).pageUrl;
    expect(await (await fetch(link)).text()).toContain(said.message);
    await release();
    expect((await watching.ended).code).toBe(0);
    expect((await system().run(['wait', id])).code).toBe(0);
    expect(await done('7')).toMatch(/^7 {2}\S+ {2}succeeded\n$/);
  });

  test('a filter needs a yes, which says how many jobs there are', async () => {
    const tag = 'to be retried';
    const ids = [1, 2].map(() => system().submit(failing.type, failing.payload, '--tag', tag));
    for (const id of await Promise.all(ids)) await system().run(['wait', id]);
    await system().submitWaiting('--tag', tag);
    const filter = ['retry', '--tag', tag];
    const asked = await eventually(async () => {
      const ended = await system().run(filter);
      return ended.code === 2 ? ended : undefined;
    }, 'the jobs to be listed');
    expect(asked.err).toContain('The filter chooses 2 jobs. To retry them without a question: --yes');
    expect(await system().run([...filter, '--yes'])).toEqual({
      code: 0,
      out: '2 are queued again\n',
      err: '',
    });
  });

  test('errors are shown in groups, and the jobs of one are retried together', async () => {
    const tag = 'fails in another way';
    const payload = { ...failing.payload, csv: 'a,c\nx,2\n' };
    const ids = await Promise.all([1, 2].map(() => system().submit(failing.type, payload, '--tag', tag)));
    for (const id of ids) await system().run(['wait', id]);
    const group = await eventually(async () => {
      const { out } = await system().run(['errors', '--type', failing.type, '--json']);
      const groups = out
        .split('\n')
        .filter(Boolean)
        .map((line) => errorGroup.parse(JSON.parse(line)));
      return groups.find(({ count, example }) => count === 2 && ids.includes(example?.id ?? ''));
    }, 'both jobs to be in a group');
    const people = await system().run(['errors', '--limit', '100']);
    expect(people.out).toContain(`${group.id}  2 jobs of csv-sums, from `);
    expect(people.out).toContain(`${group.name}: ${group.example?.message}  (job ${group.example?.id})`);
    const listed = await system().run(['list', '--error', group.id, '--json']);
    expect(jobsIn(listed.out).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(await system().run(['retry', '--error', group.id, '--yes'])).toMatchObject({
      code: 0,
      out: '2 are queued again\n',
    });
    expect(await system().run(['errors', '--type', 'counting'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(await system().run(['errors', '--limit', '0'])).toMatchObject({ code: 2, out: '' });
  });

  test('a retry of nothing makes no job, also by who may not see jobs', async () => {
    const count = async () => {
      const { out } = await system().run(['list', '--type', 'bulk-action', '--all', '--json']);
      return jobsIn(out).length;
    };
    const before = await count();
    const retry = ['retry', '--tag', 'nobody has it', '--yes'];
    const none = 'jobctl: there is no job to retry that the filter chooses.\n';
    expect(await system().run(retry)).toEqual({ code: 0, out: '', err: none });
    expect(await count()).toBe(before);
    const env = { JOB_KEY: await system().keyWith('control') };
    expect((await system().run(retry, { env })).err).not.toBe(none);
  });

  test('an operator cancels all jobs of a tenant, whose histories name the operator', async () => {
    const id = await system().submitWaiting();
    const key = await system().keyWith('operate');
    const refused = await system().run(['cancel', '--tenant', 'local', '--type', 'counting', '--yes']);
    expect(refused.err).toContain('--tenant is for all jobs of a tenant');
    expect((await system().run(['cancel', '--tenant', 'local'])).err).toContain('without a question: --yes');
    const started = await system().run(['cancel', '--tenant', 'local', '--yes'], { env: { JOB_KEY: key } });
    expect(started).toMatchObject({ code: 0, out: expect.stringMatching(/^[\da-f-]{36}\n$/) });
    const canceled = async () => {
      const { out } = await system().run(['status', id, '--json']);
      return out.includes('"by": "key:') ? out : undefined;
    };
    expect(await eventually(canceled, 'the job to be canceled')).toContain('"status": "canceled"');
  });

  test('jobs of a filter are canceled, and then erased', async () => {
    const tag = 'to be erased';
    const id = await system().submitWaiting('--tag', tag);
    expect((await system().run(['cancel', '--tag', tag, '--yes'])).out).toBe('1 canceled\n');
    expect((await system().run(['cancel', '--tag', tag])).err).toContain('there is no job to cancel');
    expect((await system().run(['erase', '--tag', tag, '--yes', '--json'])).out).toContain('"done": 1');
    expect((await system().run(['status', id])).code).toBe(3);
  });
}
