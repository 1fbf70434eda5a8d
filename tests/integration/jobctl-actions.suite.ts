import { expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { failing, type JobctlSystem, jobsIn } from './jobctl-system.ts';

/** Cancel, retry and erase: by ids, and by a filter. */
export function describeActions(system: () => JobctlSystem): void {
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
      return out.includes('"by": "key/') ? out : undefined;
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
