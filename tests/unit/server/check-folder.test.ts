import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkFolder } from '../../../server/check-folder.ts';
import { ConfigError } from '../../../shared/job/errors.ts';

test('a folder in which jobs can have their files stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  await checkFolder(folder);
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that is not there is refused before the first job', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'check-')), 'missing');
  await expect(checkFolder(folder)).rejects.toThrow(`Jobs cannot have files in ${folder} (TMPDIR): `);
  await expect(checkFolder(folder)).rejects.toThrow(ConfigError);
});
