import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { addToCatalog, catalogsOf, isTaken } from '../../../../scripts/new/add-to-catalog.ts';
import { askQueue } from '../../../../scripts/new/ask-queue.ts';
import { checkTypeName, identifierOf, type NewType } from '../../../../scripts/new/check-type-name.ts';
import { jobTypeFiles } from '../../../../scripts/new/job-type-files.ts';
import { UsageError } from '../../../../scripts/usage-error.ts';
import { projectDir } from '../../../project-copy.ts';

describe('check type name', () => {
  test.each([
    ['thumbnails', 'thumbnails'],
    ['word-count', 'wordCount'],
    ['word-2-vec', 'word2Vec'],
    ['import-2', 'import2'],
    ['a', 'a'],
    ['new-type', 'newType'],
    [`a${'-b'.repeat(24)}c`, `a${'B'.repeat(24)}c`],
  ])('%s is called %s in the code', (name, identifier) => {
    expect(checkTypeName(name)).toEqual({ name, identifier });
  });

  test.each([
    '',
    ' ',
    'Word',
    'wordCount',
    'word_count',
    '-word',
    'word-',
    'word--count',
    '2-words',
    'wörter',
    'a/b',
    '../a',
    "a'",
    'a b',
    'a\n',
  ])('"%s" is not the name of a type', (name) => {
    expect(() => checkTypeName(name)).toThrow(UsageError);
    expect(() => checkTypeName(name)).toThrow('is not the name of a job type');
  });

  test.each(['new', 'delete', 'await', 'is-na-n', 'undefined', 'z', 'contract', 'define-job', 'constructor'])(
    '"%s" would need a variable that cannot be',
    (name) => {
      expect(() => checkTypeName(name)).toThrow(UsageError);
      expect(() => checkTypeName(name)).toThrow('Take two words.');
    },
  );

  test('the folder of what types share is no type', () => {
    expect(() => checkTypeName('shared')).toThrow(
      new UsageError(
        '"shared" cannot be the name of a job type: job-types/shared/ is for code that several types use.',
      ),
    );
    expect(checkTypeName('shared-inbox').name).toBe('shared-inbox');
  });

  test('a name may have 50 characters', () => {
    expect(checkTypeName('a'.repeat(50)).name).toHaveLength(50);
    expect(() => checkTypeName('a'.repeat(51))).toThrow('has at most 50 characters');
  });

  test('a missing name is refused with an example', () => {
    expect(() => checkTypeName(undefined)).toThrow(
      new UsageError('The name of the job type is missing: npm run new -- word-count'),
    );
  });
});

describe('which queue a type has', () => {
  test.each([
    ['\n', 'standard'],
    ['1\n', 'standard'],
    ['2\n', 'long'],
    [' server \n', 'server'],
    ['4\nlong\n', 'long'],
    ['', 'standard'],
  ])('is asked, with a sentence for each: the answer %p is %s', async (answer, queue) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.end(answer);
    expect(await askQueue({ input, output })).toBe(queue);
    const printed = String(output.read());
    for (const name of ['standard', 'long', 'server'])
      expect(printed).toMatch(new RegExp(`\\d  ${name}: .{30,}`));
  });
});

const typeOf = (name: string, queue: NewType['queue'] = 'standard'): NewType => ({
  name,
  identifier: identifierOf(name),
  queue,
});
const contracts = (lines: readonly string[]) =>
  [
    "import { b } from './b/contract.ts';",
    '',
    'export const contracts = {',
    ...lines,
    '} satisfies Contracts;',
    '',
  ].join('\n');
/** The lines of a catalog with these lines and one more type. */
function linesWith(name: string, lines: readonly string[]): readonly string[] {
  const [catalog] = catalogsOf(typeOf(name));
  const changed = catalog && addToCatalog(contracts(lines), catalog, typeOf(name));
  return (changed ?? '').split('\n').slice(4, -2);
}

describe('add to catalog', () => {
  describe('a type is added to the catalog', () => {
    test.each([
      ['alone', 'a-b', [], ["  'a-b': aB,"]],
      ['first', 'a', ['  b,', "  'b-c': bC,"], ['  a,', '  b,', "  'b-c': bC,"]],
      ['in between', 'b-a', ['  b,', "  'b-c': bC,"], ['  b,', "  'b-a': bA,", "  'b-c': bC,"]],
      ['last', 'c', ['  b,', "  'b-c': bC,"], ['  b,', "  'b-c': bC,", '  c,']],
      ['last, if other lines are there', 'a', ['  // of ours', '  b,'], ['  // of ours', '  b,', '  a,']],
      [
        'last, if an entry has several lines',
        'a',
        ['  b: of({', '    c,', '  }),'],
        ['  b: of({', '    c,', '  }),', '  a,'],
      ],
    ])('%s', (_where, name, before, after) => {
      expect(linesWith(name, before)).toEqual(after);
    });

    test.each(['standard', 'long', 'server'] as const)('which the project has, for the %s queue', (queue) => {
      for (const catalog of catalogsOf(typeOf('word-count', queue))) {
        const source = readFileSync(join(projectDir, catalog.path), 'utf8');
        const changed = addToCatalog(source, catalog, typeOf('word-count', queue)) ?? '';
        expect(changed).toContain("\n  'word-count': wordCount,\n");
        expect(changed.split('\n')[0]).toMatch(
          /^import \{ wordCount \} from '\.{1,2}\/word-count\/\w+\.ts';$/,
        );
        expect(changed.length).toBeGreaterThan(source.length);
      }
    });

    test.each([
      ['has another name', contracts([]).replace('contracts =', 'all =')],
      ['ends in another way', contracts([]).replace('satisfies Contracts', 'as const')],
      ['is empty', ''],
    ])('unless that %s', (_what, source) => {
      const type = typeOf('word-count');
      const [catalog] = catalogsOf(type);
      expect(catalog && addToCatalog(source, catalog, type)).toBeUndefined();
    });
  });

  test.each([
    ['b', true],
    ['b-c', true],
    ['bc', false],
    ['b-1', true],
    ['contracts', true],
    ['import', true],
    ['every', false],
    ['contract', false],
  ])('whether %s is taken: %s', (name, expected) => {
    const source = `/** Every type. */\n// every\n${contracts(['  b,', "  'b-c': bC,", "  'b1': b1,"])}`;
    expect(isTaken(source, typeOf(name))).toBe(expected);
  });
});

test.each(['standard', 'long', 'server'] as const)(
  'a handler that returns a field too many, which compiles, does not fail after its work: %s',
  (queue) => {
    const [contract] = jobTypeFiles(typeOf('word-count', queue));
    expect(contract?.text).toContain('  payload: z.strictObject({');
    expect(contract?.text).toContain('  result: z.object({');
  },
);

test('docs/first-job.md shows the contract and the handler that are written, without their imports', () => {
  const markdown = readFileSync(join(projectDir, 'docs/first-job.md'), 'utf8');
  const [, name = '', shown] =
    /^ {4}npm run new -- (\S+)\n.*?```ts\n(.*?)```/ms.exec(
      markdown.slice(markdown.indexOf('## Add a job type')),
    ) ?? [];
  const [contract, handler] = jobTypeFiles(typeOf(name)).map(
    ({ path, text }) => `// ${path}\n${text.replace(/^import .*\n/gm, '').trimStart()}`,
  );
  expect(shown).toBe([contract, handler].join('\n'));
});
