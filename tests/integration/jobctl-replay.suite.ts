import { beforeAll, expect, test } from '@jest/globals';
import { failing, type JobctlSystem } from './jobctl-system.ts';

const nobody = '00000000-0000-4000-8000-000000000000';

/** `jobctl replay`: what the jobs of a running system were given. */
export function describeReplay(system: () => JobctlSystem): void {
  let failed: string;
  beforeAll(async () => {
    failed = await end(await system().submit(failing.type, failing.payload));
  });

  const end = async (id: string): Promise<string> => {
    await system().run(['wait', id]);
    return id;
  };
  const replay = (...args: readonly string[]) => system().run(['replay', ...args]);

  test('the status of a failed job leads to it, for people', async () => {
    const { output } = await system().onTerminal(['status', failed]);
    expect(output).toContain(`jobctl replay ${failed} --as-test prints a test`);
    expect((await system().run(['status', failed])).err).toBe('');
  });

  test('it prints the payload, or a test with it, and runs nothing', async () => {
    expect(JSON.parse((await replay(failed, '--print-payload')).out)).toEqual(failing.payload);
    const asTest = await replay(failed, '--as-test');
    expect(asTest).toMatchObject({ code: 0, err: '' });
    expect(asTest.out).toContain('// ColumnError: there is no column "c"');
    expect(asTest.out).toContain('csvSums as handler');
    expect(await replay(failed)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('needs --print-payload or --as-test'),
    });
  });

  test('it says why there is nothing to replay', async () => {
    const succeeded = await end(await system().submit('counting', { seconds: 0 }));
    const JOB_KEY = await system().keyWith('submit,read,control,erase,operate');
    const said = async (code: number, text: string | RegExp, id: string, env = {}) =>
      expect(await system().run(['replay', id, '--as-test'], { env })).toEqual({
        code,
        out: '',
        err: expect.stringMatching(text),
      });
    await Promise.all([
      said(3, 'There is no job of this id', nobody),
      said(4, 'The job has succeeded: its payload is not kept', succeeded),
      said(5, 'lacks the right `admin`\\. Use a key that has the right', failed, { JOB_KEY }),
    ]);
  });
}
