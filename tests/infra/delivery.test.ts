import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { projectDir } from '../project-copy.ts';
import { describeDeliveryRole } from './delivery-role.suite.ts';
import { describeDeliveryScripts } from './delivery-scripts.suite.ts';
import { describeWorkflows } from './workflows.suite.ts';

const run = promisify(execFile);

// A team that delivers in another way may delete the folder.
if (existsSync(join(projectDir, '.github'))) {
  describe('the workflows', describeWorkflows);
  describe('the role that deploys', describeDeliveryRole);
  describe('the scripts of the workflows:', describeDeliveryScripts);
}

test('all that is bundled may be given on with its notices alone, and is in the bill of materials', async () => {
  const into = await mkdtemp(join(tmpdir(), 'job-worker-licenses-'));
  // With the types of the user, and not with those of the tests.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await run(process.execPath, ['scripts/licenses.ts', '--into', into], {
    cwd: projectDir,
    env,
  });
  const packages = stdout.trim().split('\n');
  const names = packages.map((line) => line.slice(0, line.indexOf(' ')));
  // Of functions, of the server, of what sends spans, of the command line.
  const some = ['zod', 'sqs-consumer', '@opentelemetry/core', 'cli-progress'];
  expect(names).toEqual(expect.arrayContaining(some));
  expect(names.filter((name) => ['esbuild', 'serverless', 'jest'].includes(name))).toEqual([]);
  const [notices = '', bill = ''] = await Promise.all(
    ['licenses.txt', 'sbom.cdx.json'].map((name) => readFile(join(into, name), 'utf8')),
  );
  for (const line of packages) {
    const [, name, version, license] = /^(\S+) (\S+) {2}(.*)$/.exec(line) ?? [];
    expect(notices).toContain(`${name} ${version} (${license})\n`);
  }
  expect(JSON.parse(bill)).toMatchObject({
    bomFormat: 'CycloneDX',
    components: packages.map(() => ({ scope: 'required', purl: expect.stringMatching(/^pkg:npm\//) })),
  });
  await rm(into, { recursive: true });
});
