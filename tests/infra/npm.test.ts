import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { projectDir } from '../project-copy.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-'));
  if (existsSync(join(projectDir, '.npmrc')))
    copyFileSync(join(projectDir, '.npmrc'), join(folder, '.npmrc'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing of the npm that runs the tests, nor of this user's. */
const env = () => ({ PATH: process.env.PATH, HOME: folder });

describe('npm in a clone', () => {
  test('says nothing of packages that want a newer Node.js than its own: all scripts run on the one that it installs', () => {
    const wanted = {
      version: '1.0.0',
      resolved: 'https://packages.example/a.tgz',
      engines: { node: '>=99' },
    };
    const own = { name: 'a-clone', version: '1.0.0', dependencies: { 'a-package': '1.0.0' } };
    const lock = { ...own, lockfileVersion: 3, packages: { '': own, 'node_modules/a-package': wanted } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(own));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const { status, stdout, stderr } = spawnSync('npm', ['ci', '--dry-run', '--offline'], {
      ...{ cwd: folder, env: env() },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('a-package');
  });

  test('keeps exact versions: a package that is installed, or is there already, moves no caret', () => {
    const read = execFileSync('npm', ['config', 'get', 'save-exact'], {
      cwd: folder,
      env: env(),
      encoding: 'utf8',
    });
    expect(read.trim()).toBe('true');
    const versions = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies });
    expect(versions.filter(([, version]) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
