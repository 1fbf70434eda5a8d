import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { projectDir } from '../../project-copy.ts';
import { argsOf, type Copied, copiedBy, stageNamed } from './dockerfile.ts';

const run = promisify(execFile);
const installs = /^npm ci\b/;

/** What .dockerignore leaves in: it begins with all. */
export const leftIn = readFileSync(join(projectDir, '.dockerignore'), 'utf8').match(/(?<=^!).*$/gm) ?? [];

/** Copies into a folder, as Docker does: a folder's content, or a file under its name. */
const copy = ({ from, to }: Copied, source: string, target: string) => {
  const name = to.endsWith('/') ? join(to, basename(from)) : to;
  return cp(join(source, from), join(target, name), { recursive: true });
};

/**
 * Makes the working folder that the stage `worker` has, by the instructions of the Dockerfile. Only the installation of
 * packages is replaced: by a link to those of the project.
 * @param dir an empty folder, for both stages
 * @returns the folder
 */
export async function makeLayout(dir: string): Promise<string> {
  const [built, final] = [join(dir, 'build'), join(dir, 'final')];
  await Promise.all([mkdir(built), mkdir(final)]);
  const build = stageNamed('build');
  for (const copied of copiedBy(build))
    for (const name of copied.from === '.' ? leftIn : [copied.from])
      if (existsSync(join(projectDir, name))) await copy({ from: name, to: name }, projectDir, built);
  await copy({ from: 'tests/job-types', to: 'tests/job-types' }, projectDir, built);
  await symlink(join(projectDir, 'node_modules'), join(built, 'node_modules'));
  for (const command of argsOf(build, 'RUN').filter((args) => !installs.test(args)))
    await run('sh', ['-c', command], {
      cwd: built,
      env: { ...process.env, PATH: `${join(projectDir, 'node_modules/.bin')}:${process.env.PATH}` },
    });
  // It names files by their place in the stage before.
  const inBuild = ({ from, to }: Copied): Copied => ({ from: from.replace(/^\/app\//, ''), to });
  for (const copied of copiedBy(stageNamed('worker'))) await copy(inBuild(copied), built, final);
  return final;
}
