import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { closeFence } from './replay/close-fence.ts';
import { describeThrown } from './replay/describe-error.ts';
import { newFence } from './replay/fence.ts';
import { keepOutput } from './replay/keep-output.ts';
import { narrator } from './replay/narrator.ts';
import { readOrder } from './replay/replay-order.ts';

/**
 * What `jobctl replay` starts: runs the handler of one job in this process, behind a fence. It is started with a folder that
 * has the order, and with Node.js's own `--permission`, which refuses programs, threads and native code once more.
 */
const [, , folder] = process.argv;
if (folder === undefined || !process.permission) {
  console.error('`jobctl replay` starts this, and nobody else does.');
  process.exit(2);
}
const root = join(import.meta.dirname, '..');
const print = keepOutput(process);
const telling = narrator({ write: (text) => process.stderr.write(text), now: Date.now });
const order = await readOrder(folder);
const fence = newFence(order.allow);
closeFence(fence);

// A client of AWS looks for credentials first. With these it comes to the fence at once, and beyond it they are worth nothing.
Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'replay',
  AWS_SECRET_ACCESS_KEY: 'replay',
  AWS_EC2_METADATA_DISABLED: 'true',
});

// Ten frames, as Node.js has it, may all be inside of a library.
Error.stackTraceLimit = 50;

let isOver = false;
// jobctl holds the other end of this pipe. If it was killed, nobody else removes what the job was given.
process.stdin.on('end', () => {
  isOver = true;
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
});
process.stdin.resume();

process.on('uncaughtException', (error) => {
  telling.line(describeThrown(error, root));
  telling.line('Nothing has caught this error: it would have ended the worker.');
  isOver = true;
  process.exit(7);
});

process.on('exit', () => {
  if (isOver) return;
  telling.line('The handler has ended the process: it would have ended the worker.');
  process.exitCode = 7;
});

/** Only now: what a module takes from Node.js by name is what it is when the module is loaded. */
async function load() {
  const { environmentOfReplay } = await import('./replay/environment-of-replay.ts');
  // As on Lambda, it is there before job types are loaded: their adapters may read it at once.
  Object.assign(process.env, await environmentOfReplay(root));
  return import('./replay/replay.ts');
}
const { replay } = await load().catch((error) => {
  telling.line(describeThrown(error, root));
  telling.line('The handlers of this clone cannot be loaded, so none of their jobs can be replayed.');
  telling.line('An adapter that needs native code imports it where it is used: await import(...).');
  isOver = true;
  return process.exit(7);
});
const { code, answer, lines } = await replay(order, { fence, narrator: telling, folder, root });
isOver = true;
for (const line of lines) telling.line(line);
// A handler may have left something running.
if (answer === undefined) process.exit(code);
// Of a text in JSON, the terminal would follow these.
const plain = answer.replace(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
print(`${plain}\n`, () => process.exit(code));
