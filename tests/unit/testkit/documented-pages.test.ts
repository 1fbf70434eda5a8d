import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectDir } from '../../project-copy.ts';

const textOf = (path: string) => readFileSync(join(projectDir, path), 'utf8');
const withoutImports = (text: string) => text.replace(/^import [^;]*;\n/gm, '').trim();

test.each([
  {
    page: 'docs/limit-work.md',
    files: ['sync-customers/contract', 'sync-customers/handler'],
    tested: 'documented-jobs',
  },
  {
    page: 'docs/signals.md',
    files: [
      'approve-expense/contract',
      'approve-expense/handler',
      'remind-approver/contract',
      'remind-approver/handler',
    ],
    tested: 'documented-approval',
  },
  {
    page: 'docs/databases.md',
    files: ['contract', 'handler', 'uses', 'adapter'].map((file) => `import-orders/${file}`),
    tested: 'documented-import',
  },
  {
    page: 'docs/children.md',
    files: ['make-album/contract', 'make-album/handler'],
    tested: 'documented-album',
  },
])('$page shows its jobs, and their test', ({ page, files, tested }) => {
  const shown = textOf(page);
  for (const file of files)
    expect(shown).toContain(withoutImports(textOf(`tests/fixtures/documented/${file}.ts`)));
  const [, code = ''] = /```ts\n(?:\/\/ handler\.test\.ts\n)(.*?)\n```/s.exec(shown) ?? [];
  expect(code).not.toBe('');
  expect(textOf(`tests/unit/testkit/${tested}.test.ts`)).toContain(code);
});
