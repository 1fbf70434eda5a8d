import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { projectDir } from '../project-copy.ts';

/** Finds the messages in the sources of a folder and its rooms. A minified bundle keeps them, so they show which code it has. */
export async function messagesIn(folder: string): Promise<readonly string[]> {
  // What a contract says is in every function that checks a payload.
  const names = (await readdir(join(projectDir, folder), { recursive: true })).filter(
    (name) => name.endsWith('.ts') && basename(name) !== 'contract.ts',
  );
  const sources = await Promise.all(names.map((name) => readFile(join(projectDir, folder, name), 'utf8')));
  return sources.flatMap((source) => {
    const code = source.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
    return [...code.matchAll(/['`](\w[\w,:;.()/ ]{19,})['`$]/g)]
      .map(([, text = '']) => text)
      .filter((text) => text.includes(' '));
  });
}
