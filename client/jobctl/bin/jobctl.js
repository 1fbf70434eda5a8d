#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
// A clone has the source, a package only the bundle.
const main = pathOf('../src/main.ts');
const ownNode = pathOf('../../../node_modules/.bin/node');
// To compile the source takes longer than all the rest. Not in /tmp, where others may have written before.
const cache = pathOf('../../../node_modules/.cache/jobctl');

// Node.js runs TypeScript as it is since 22.18 and 23.6, says https://nodejs.org/api/typescript.html.
if (!existsSync(main)) {
  process.setSourceMapsEnabled(process.env.JOBCTL_DEBUG === '1');
  await import('../dist/main.js');
} else if (process.features.typescript) {
  module.enableCompileCache(cache);
  await import(pathToFileURL(main).href);
} else if (existsSync(ownNode)) runByOwnNode();
else {
  console.error(
    `jobctl needs Node.js 22.18 or newer, and this is ${process.version}. \`npm ci\` brings one.`,
  );
  process.exitCode = 1;
}

function runByOwnNode() {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const child = spawn(ownNode, [main, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both. The child decides what follows from it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
