import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findType } from '../../../../../../client/jobctl/src/replay/found-type.ts';
import { type JobForTest, testOfJob } from '../../../../../../client/jobctl/src/replay/test-of-job.ts';
import { withProjectCopy } from '../../../../../project-copy.ts';

const at = '2026-11-20T10:00:00.000Z';
const job: JobForTest = {
  id: 'd26d83bb-13e0-8262-9b61-183921f1491c',
  type: 'csv-sums',
  submittedAt: at,
  error: { name: 'ColumnError', message: 'there is no column "c"' },
  history: [
    { event: 'started', at, attempt: 1 },
    { event: 'failed', at, attempt: 1, error: 'ColumnError' },
  ],
  payload: { csv: 'a,b\n1,2\n', groupBy: 'c', metrics: [{ column: 'b', op: 'sum' }] },
  state: undefined,
  objects: new Map(),
  found: { catalog: 'tests/job-types', isMade: false },
};
const crashed: JobForTest['history'] = [
  { event: 'started', at, attempt: 1 },
  { event: 'crashed', at, attempt: 1 },
  { event: 'started', at, attempt: 2 },
];

/** Runs the written tests, each in the place where a user would put it, with Node.js's own runner. */
const outputOf = (...jobs: readonly JobForTest[]) =>
  withProjectCopy(
    async (dir) => {
      const folder = join(dir, 'tests/unit/job-types/replayed');
      await mkdir(folder, { recursive: true });
      const files = jobs.map(async (each, number) => {
        const text = testOfJob(each).replace(
          "import { expect, it } from '@jest/globals';",
          "import { it } from 'node:test';\nimport { expect } from 'expect';",
        );
        const file = join(folder, `${number}.test.ts`);
        await writeFile(file, text);
        return file;
      });
      const { JEST_WORKER_ID: _, ...env } = process.env;
      const args = ['--test', '--test-isolation=none', '--test-reporter=tap', ...(await Promise.all(files))];
      return spawnSync(process.execPath, args, { cwd: dir, env, encoding: 'utf8' }).stdout;
    },
    ['testkit'],
  );

describe('a test of a job', () => {
  test('fails as the job has failed, and passes if what was wrong is mended; has state and objects; is cut if the job was', async () => {
    const name = 'o/a tenant/numbers';
    const mended = { ...job, payload: { ...Object(job.payload), groupBy: 'a' } };
    const { csv: _, ...others } = Object(mended.payload);
    const output = await outputOf(
      job,
      mended,
      { ...job, payload: { ...others, object: name }, objects: new Map([[name, 'a,b\n1,2\n']]) },
      {
        ...{ ...job, type: 'counting', payload: { seconds: 40 }, error: null, history: crashed },
        state: { passed: 30 },
      },
    );
    expect(output).toContain('there is no column \\"c\\"');
    expect(output).toMatch(/^# pass 4$/m);
    expect(output).toMatch(/^# fail 1$/m);
  });

  test('says where the effects of a handler belong, and what it lacks', () => {
    const text = testOfJob({
      ...{ ...job, type: 'send-email', found: { catalog: 'job-types', isMade: true } },
      objects: new Map([['large', undefined]]),
    });
    expect(text).toContain('const type = { contract, handlerWith: sendEmail };');
    expect(text).toContain('  effects: () => ({}),');
    expect(text).toContain("[uploadedObject('object 1')]: '', // It is large");
    expect(text).toContain(`// ${at} failed, attempt 1\n// ColumnError: there is no column "c"\n`);
  });

  test('has no line of its own for what an error says', () => {
    const error = { name: 'Error', message: 'no\n); process.exit(\u2028\u001b[31m' };
    const text = testOfJob({ ...job, error });
    expect(text).toContain('// Error: no ); process.exit( [31m\n');
  });

  test.each([
    ['csv-sums', false],
    ['counting', false],
    ['send-email', true],
    ['no-such-type', false],
  ])('knows of %s whether its handler is made of what it calls: %s', async (type, made) => {
    expect((await findType(type)).isMade).toBe(made);
  });
});
