import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TypeCheck } from '../../../../local/lambda/type-check.ts';
import { projectDir } from '../../../project-copy.ts';

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'types-'));
  await symlink(join(projectDir, 'node_modules'), join(project, 'node_modules'));
  const options = { noEmit: true, strict: true, types: [], skipLibCheck: true };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['*.ts'] }),
  );
});
afterEach(() => rm(project, { recursive: true, force: true, maxRetries: 5 }));

const save = (text: string) => writeFile(join(project, 'a.ts'), text);
const wrong = "export const seconds: number = 'three';\n";
const right = 'export const seconds: number = 3;\n';

/** A check that waits for nothing before it starts. */
function aCheck() {
  const said: string[] = [];
  return { said, check: new TypeCheck({ project, say: (text) => said.push(text), settleMs: 0 }) };
}

describe('types after a save', () => {
  test('are checked: an error is said once, with its place, and so is that it is mended', async () => {
    const { said, check } = aCheck();
    await save(wrong);
    for (let saves = 0; saves < 2; saves += 1) {
      check.onSave(join(project, 'a.ts'));
      await check.idle();
    }
    expect(said).toEqual([expect.stringMatching(/^a\.ts\(1,14\): error TS2322: .*'string'.*'number'/)]);
    await save(right);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said.slice(1)).toEqual(['The types are right again.']);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said).toHaveLength(2);
  });

  test('come with the contracts that are in no catalog', async () => {
    const { said, check } = aCheck();
    await mkdir(join(project, 'job-types/pay'), { recursive: true });
    const path = join(project, 'job-types/pay/contract.ts');
    await Promise.all([save(right), writeFile(path, 'export const pay = defineJob({});\n')]);
    check.onSave(path);
    await check.idle();
    expect(said).toEqual([expect.stringContaining("import { pay } from './pay/contract.ts'")]);
  });

  test('are those of the folder of the saved file that has its own settings, till they are right', async () => {
    const { said, check } = aCheck();
    const samples = join(project, 'samples');
    await mkdir(join(samples, 'one'), { recursive: true });
    await writeFile(
      join(samples, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', include: ['.'] }),
    );
    const sample = join(samples, 'one', 'b.ts');
    await writeFile(sample, wrong);
    await save(right);
    check.onSave(sample);
    await check.idle();
    expect(said).toEqual([expect.stringMatching(/^samples\/one\/b\.ts\(1,14\): error TS2322/)]);
    // What is wrong elsewhere is said beside it.
    await save(wrong);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said[1]).toMatch(/^a\.ts\(1,14\).*\nsamples\/one\/b\.ts\(1,14\)/);
    await Promise.all([save(right), writeFile(sample, right)]);
    check.onSave(sample);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said.slice(2)).toEqual(['The types are right again.']);
  });

  test('that were right all the time say nothing', async () => {
    const { said, check } = aCheck();
    await save(right);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said).toEqual([]);
  });

  test('are those of the last save: a check that another save overtakes says nothing', async () => {
    const { said, check } = aCheck();
    await save(wrong);
    check.onSave(join(project, 'a.ts'));
    await save(right);
    check.onSave(join(project, 'a.ts'));
    await check.idle();
    expect(said).toEqual([]);
  });

  test('are checked no more after a stop', async () => {
    const { said, check } = aCheck();
    await save(wrong);
    check.onSave(join(project, 'a.ts'));
    check.stop();
    await check.idle();
    expect(said).toEqual([]);
  });
});
