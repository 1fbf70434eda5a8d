import { describe, expect, test } from '@jest/globals';
import { problemsOfZip } from '../../../../infra/packaging/problems-of-zip.ts';
import { elfFile } from '../../../elf-file.ts';

const [x64, arm64] = [elfFile('x64'), elfFile('arm64')];
type Files = Readonly<Record<string, string | Buffer>>;

describe('problems of a zip', () => {
  const gyp = { 'node_modules/sqlite/binding.gyp': '{}', 'node_modules/sqlite/package.json': '{}' };
  test.each<readonly [string, Files, RegExp | undefined]>([
    [
      'native code for Lambda',
      { 'node_modules/a/b.node': arm64, 'node_modules/a/lib.so.8.1': arm64 },
      undefined,
    ],
    [
      'native code of another machine',
      { 'node_modules/a/b.node': x64 },
      /has node_modules\/a\/b\.node, which is not/,
    ],
    [
      'a library of another machine',
      { 'node_modules/a/b.so.2': x64 },
      /has node_modules\/a\/b\.so\.2, which is not/,
    ],
    ['native code of another system', { 'node_modules/a/b.node': 'MZ' }, /which is not for linux-arm64/],
    ['what would have to be compiled', gyp, /has sqlite, whose native code is compiled when it is installed/],
    ['what could be compiled, and has been', { ...gyp, 'node_modules/sqlite/a.node': arm64 }, undefined],
    [
      'what could be compiled, and has a package for each platform',
      {
        'node_modules/@a/b/binding.gyp': '{}',
        'node_modules/@a/b/package.json': '{"optionalDependencies": {"@a/b-linux-arm64": "1.0.0"}}',
        'node_modules/@a/b-linux-arm64/b.node': arm64,
      },
      undefined,
    ],
    [
      'more than a function may have',
      { 'handler.mjs': 'x', 'node_modules/@a/big/model.bin': Buffer.alloc(250 * 1024 * 1024) },
      /^worker has 251 MB, and a function may have 250\. @a\/big: 250 MB, its bundle: 1 MB\. Run its type on a worker server/,
    ],
  ])('of %s', (_what, files, problem) => {
    const bytes = (content: string | Buffer) =>
      typeof content === 'string' ? Buffer.from(content) : content;
    const all = Object.entries(files).map(([path, content]) => [path, bytes(content)] as const);
    const problems = problemsOfZip('worker', new Map(all));
    expect(problems).toEqual(problem ? [expect.stringMatching(problem)] : []);
  });
});
