import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withProjectCopy } from '../project-copy.ts';
import { create, filesOfCopy } from './new-types.ts';

const catalogs = [
  'job-types/contracts.ts',
  ...['standard', 'long', 'server'].map((queue) => `job-types/handlers/${queue}.ts`),
];
const textsOf = (dir: string) => Promise.all(catalogs.map((path) => readFile(join(dir, path), 'utf8')));

test('what cannot be done is refused in one message, and nothing is written', () =>
  withProjectCopy(async (dir) => {
    const before = await textsOf(dir);
    const refused = async (args: readonly string[], words: string) => {
      const { code, out, err } = await create(dir, ...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(words);
      expect(err).not.toMatch(/^ {4}at /m);
    };
    await refused([], 'The name of the job type is missing');
    await refused(['a', 'b'], 'too many arguments');
    await refused(['word-count', '--queue'], "unknown option '--queue'");
    await refused(['wordCount'], '"wordCount" is not the name of a job type');
    await refused(['delete'], 'a variable "delete"');
    await refused(['send-email'], 'job-types/send-email exists already');
    await refused(['handlers'], 'job-types/handlers exists already');
    await refused(['csv--aggregate'], 'is not the name');
    await refused(['long-handlers', '--long'], 'job-types/handlers/long.ts has');
    await mkdir(join(dir, 'tests/unit/job-types/tested'), { recursive: true });
    await writeFile(join(dir, 'tests/unit/job-types/tested/handler.test.ts'), 'a test');
    await refused(['tested'], 'tests/unit/job-types/tested/handler.test.ts exists already');
    expect(await readFile(join(dir, 'tests/unit/job-types/tested/handler.test.ts'), 'utf8')).toBe('a test');

    const strange = (before[2] ?? '').replace('});', '}) as never;');
    await writeFile(join(dir, 'job-types/handlers/long.ts'), strange);
    await refused(
      ['word-count', '--long'],
      [
        'job-types/handlers/long.ts does not look as expected. Nothing was written.',
        'Mend it, or add the type by hand (docs/add-a-job-type.md), with these lines in the catalogs:',
        'job-types/contracts.ts:',
        "  import { wordCount } from './word-count/contract.ts';",
        "  'word-count': wordCount,",
        'job-types/handlers/long.ts:',
        "  import { wordCount } from '../word-count/handler.ts';",
        "  'word-count': wordCount,",
      ].join('\n'),
    );
    expect(existsSync(join(dir, 'job-types/word-count'))).toBe(false);
    expect(await textsOf(dir)).toEqual([before[0], before[1], strange, before[3]]);
  }, filesOfCopy));
