import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { importedBy, installPackages } from '../../../../infra/packaging/external-packages.ts';

const declaredIn: (project: string) => readonly string[] = createRequire(import.meta.url)(
  '../../../../infra/packaging/declared-externals.cjs',
);

describe('external packages', () => {
  const made = mkdtempSync(join(tmpdir(), 'external-packages-'));
  afterAll(() => rmSync(made, { recursive: true }));

  /** A project whose job types have these lists. */
  function projectWith(lists: Readonly<Record<string, string>>): string {
    const project = mkdtempSync(join(made, 'project-'));
    for (const [type, text] of Object.entries({ other: undefined, ...lists })) {
      mkdirSync(join(project, 'job-types', type), { recursive: true });
      if (text !== undefined) writeFileSync(join(project, 'job-types', type, 'external.json'), text);
    }
    return project;
  }

  test('are those of all types, each once', () => {
    expect(declaredIn(projectWith({ a: '["sharp", "@a/b"]', b: '["sharp"]', c: '[]' }))).toEqual([
      '@a/b',
      'sharp',
    ]);
  });

  test.each(['{"a": 1}', 'sharp', '[1]', '["sharp@1"]', '["../sharp"]'])('cannot be %s', (text) => {
    const project = projectWith({ a: text });
    expect(() => declaredIn(project)).toThrow('job-types/a/external.json is not a list of packages');
  });

  test('are asked for by name, or by a path in them', () => {
    const output = (...paths: string[]) => ({
      imports: paths.map((path) => ({ path, kind: 'import-statement' as const, external: true })),
      inputs: {},
      exports: [],
      bytes: 0,
    });
    const names = ['@a/b', 'sharp', 'sharper'];
    expect(importedBy([output('node:fs', 'sharp'), output('@a/b/c.js')], names)).toEqual(['@a/b', 'sharp']);
  });

  test('must be in package.json', async () => {
    const project = projectWith({});
    writeFileSync(join(project, 'package.json'), '{"dependencies": {"a": "1.0.0"}}');
    writeFileSync(join(project, 'package-lock.json'), '{"lockfileVersion": 3, "packages": {}}');
    const installing = installPackages({ project, names: ['b'], into: join(project, 'into') });
    await expect(installing).rejects.toThrow('b is external, but not in package.json. npm install b');
  });
});
