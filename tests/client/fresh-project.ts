import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { projectDir, withProjectCopy } from '../project-copy.ts';

const run = promisify(execFile);
const packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));

/** A project of somebody else, with one of the packages, and with zod. */
export interface FreshProject {
  readonly folder: string;
  /** What is in the package. */
  readonly files: readonly string[];
  write(name: string, text: string): Promise<void>;
  /** Runs the compiler. @returns what it has to say: nothing, if all is well */
  compile(config: string): Promise<string>;
  remove(): Promise<void>;
}

/** @param workspace the folder of the package */
export async function makeFreshProject(workspace: 'client' | 'client/jobctl'): Promise<FreshProject> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const pack = ['pack', '-w', workspace, '--json', '--pack-destination', folder];
  // A build in this clone would disturb who imports the client by its name.
  const printed = await withProjectCopy(
    async (cwd) => (await run('npm', pack, { cwd })).stdout,
    ['client', 'scripts'],
  );
  const [tarball] = packed.parse(JSON.parse(printed));
  await write('package.json', '{"type": "module", "private": true}');
  const install = ['install', '--offline', '--no-audit', '--no-fund', tarball?.filename ?? ''];
  await run('npm', install, { cwd: folder });
  await symlink(join(projectDir, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  const tsc = join(projectDir, 'node_modules/typescript-7/bin/tsc');
  return {
    folder,
    files: (tarball?.files ?? []).map(({ path }) => path),
    write,
    async compile(config) {
      const compiled = run(process.execPath, [tsc, '--singleThreaded', '-p', join(folder, config)]);
      return (await compiled.catch(({ stdout }: { stdout: string }) => ({ stdout }))).stdout;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
