/**
 * `node osls-process.ts` runs commands of osls one after the other. Each is the script of the command line, run again in the
 * same process: to load osls and its plugins takes longer than to package a stage.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createRequire, flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import * as z from 'zod/mini';
import { endOfOutput, type OslsCommand } from './osls.ts';

const require = createRequire(import.meta.url);
const script = require.resolve('serverless/scripts/serverless.js');
const { channel, env: ownEnv } = process;

/**
 * osls writes the state of a service beside its template, and looks for objects in it that it has written already: it compares each with
 * all others, and each text throws an error with its whole stack. That was up to half of a command, and a reader of the state here wants no
 * less than all of it.
 */
const cycles: { stringify: typeof JSON.stringify } = createRequire(script)('json-cycle');
cycles.stringify = JSON.stringify;

/**
 * A command that has a process has connections of its own. What a server sends late on one that was kept would be the answer to the first
 * request of the next command.
 */
const sockets = new Set<Socket>();
subscribe('net.client.socket', (message) => {
  const { socket } = z.object({ socket: z.instanceof(Socket) }).parse(message);
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});

let isRunning = false;

process.on('message', ({ dir, args, env }: OslsCommand) => {
  isRunning = true;
  process.chdir(dir);
  process.env = { ...ownEnv, ...env };
  process.argv = [process.execPath, 'sls', ...args];
  process.exitCode = 0;
  delete require.cache[script];
  require(script);
  // From now on only the command keeps the process alive. Where it would end, the command has ended.
  channel?.unref();
});

process.on('beforeExit', (code) => {
  if (!isRunning) return;
  isRunning = false;
  channel?.ref();
  forgetHandlers();
  for (const socket of sockets) socket.destroy();
  flushCompileCache(); // this process does not end by itself
  for (const stream of [process.stdout, process.stderr]) stream.write(`${endOfOutput}${code}\n`);
});

/** What the script adds to the process each time. */
function forgetHandlers(): void {
  const added = process
    .eventNames()
    .filter((name) => name === 'uncaughtException' || /^SIG/.test(String(name)));
  for (const name of added) process.removeAllListeners(name);
}
