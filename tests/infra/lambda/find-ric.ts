import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDir } from '../../project-copy.ts';

/**
 * The folder of AWS's runtime interface client, `aws-lambda-ric`: `LAMBDA_RIC`, or what somebody has installed. It is no
 * dependency, since `npm ci` would build its native part.
 */
export function findRic(): string | undefined {
  const folders = [process.env.LAMBDA_RIC, join(projectDir, 'node_modules/aws-lambda-ric')];
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, 'index.mjs')));
}

/** @returns the script of the client: as it is if its native part was built, else a copy with ours in its place */
export async function scriptOf(ric: string, dir: string): Promise<string> {
  if (existsSync(join(ric, 'rapid-client.node'))) return join(ric, 'index.mjs');
  const script = join(dir, 'ric/index.mjs');
  // Node.js loads a folder of this name as a module.
  await mkdir(join(dir, 'ric/rapid-client.node'), { recursive: true });
  await cp(join(import.meta.dirname, 'rapid-client.cjs'), join(dir, 'ric/rapid-client.node/index.js'));
  await cp(join(ric, 'index.mjs'), script);
  return script;
}
