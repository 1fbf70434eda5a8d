import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectDir } from '../project-copy.ts';

type Parser = typeof import('@actions/workflow-parser');

/** GitHub's own parser. It imports JSON in a way that Node.js refuses, so it is bundled. */
async function loadParser(): Promise<Parser> {
  const folder = await mkdtemp(join(tmpdir(), 'job-worker-workflows-'));
  try {
    const outfile = join(folder, 'parser.cjs');
    const contents = "export * from '@actions/workflow-parser'";
    await build({
      stdin: { contents, resolveDir: projectDir },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
    });
    const parser: Parser = createRequire(import.meta.url)(outfile);
    return parser;
  } finally {
    await rm(folder, { recursive: true });
  }
}

let loading: Promise<Parser> | undefined;

/** @returns what GitHub would refuse of a workflow, with the workflows of this project that it calls */
export async function problemsOfWorkflow(name: string, content: string): Promise<readonly string[]> {
  loading ??= loadParser();
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await loading;
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value) {
    const called = (path: string) => ({ name: path, content: readFileSync(join(projectDir, path), 'utf8') });
    const files = { getFileContent: async (at: object) => called('path' in at ? String(at.path) : '') };
    await convertWorkflowTemplate(context, value, files, { fetchReusableWorkflowDepth: 1 });
  }
  return context.errors.getErrors().map(({ message }) => message);
}
