import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApiDocument } from '../../functions/api/documents.ts';
import { projectDir } from '../project-copy.ts';

const run = promisify(execFile);
const node = join(projectDir, 'node_modules/.bin/node');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'job-worker-openapi-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Lints a document with all rules that Redocly recommends, as errors. @returns what it prints, and how it ends */
async function lint(document: string): Promise<{ readonly code: number; readonly output: string }> {
  await writeFile(join(dir, 'openapi.json'), document);
  const cli = join(projectDir, 'node_modules/@redocly/cli/bin/cli.js');
  const args = [cli, 'lint', 'openapi.json', '--extends=recommended-strict'];
  // It neither reports its use, nor looks for a newer version.
  const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', HOME: dir, NO_COLOR: '1' };
  return run(node, args, { cwd: dir, env, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (failure) => ({ code: Number(failure.code), output: `${failure.stdout}${failure.stderr}` }),
  );
}

test('npm run openapi prints the document, and Redocly finds nothing wrong with it', async () => {
  const { stdout } = await run(node, [join(projectDir, 'scripts/openapi.ts')], { cwd: projectDir });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  const { code, output } = await lint(stdout);
  expect(output).toMatch(/Your API description is valid/);
  expect(output).not.toMatch(/\b[1-9]\d* (error|warning)/);
  expect(code).toBe(0);
});

test('Redocly notices what is wrong', async () => {
  const { code, output } = await lint(JSON.stringify({ ...openApiDocument(), tags: [{ name: 'jobs' }] }));
  expect(output).toContain('tag-description');
  expect(code).toBe(1);
});
