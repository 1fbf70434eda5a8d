import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deepInFolders, withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';

/** Replaces a text in a file of the project copy. */
async function edit(file: string, text: string, replacement: string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = before.replace(text, replacement);
  expect(after).not.toBe(before);
  await writeFile(file, after);
}

test('the local system answers for a function that fails or times out as API Gateway does, also in a folder with a long path and a space', async () => {
  // The packages of a copy are a link: without this they would have their short path in the stacks of errors.
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --preserve-symlinks`;
  const use = async (project: string) => {
    expect(project.length).toBeGreaterThan(200);
    await edit(
      join(project, 'functions/status/handler.ts'),
      'export const handler = httpFunction(',
      'export const handler = async () => { throw new Error("a secret"); };\nexport const unused = httpFunction(',
    );
    await edit(
      join(project, 'functions/wait/handler.ts'),
      'export const handler = httpFunction(',
      'export const handler = () => new Promise(() => {});\nexport const unused = httpFunction(',
    );
    await edit(
      join(project, 'serverless.yml'),
      'it mostly sleeps\n    timeout: 29',
      'it mostly sleeps\n    timeout: 1',
    );
    const system = await startLocalSystem({ project });
    try {
      const failed = await fetch(`${system.address}/jobs/none`);
      expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
      const late = await fetch(`${system.address}/jobs/none/wait`);
      expect([late.status, await late.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
      const unknown = await fetch(`${system.address}/nowhere`);
      expect(unknown.status).toBe(404);
    } finally {
      await system.stop();
    }
  };
  await withProjectCopy(use, [], deepInFolders);
});
