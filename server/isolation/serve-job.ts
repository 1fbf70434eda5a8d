import { Worker } from 'node:worker_threads';
import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import type { Handlers, JobContext } from '../../shared/author/handler.ts';
import { SecretValues } from '../../shared/author/secret-values.ts';
import {
  asError,
  describeError,
  InvalidResultError,
  UnknownJobTypeError,
} from '../../shared/domain/base/errors.ts';
import { readMessage } from '../../shared/domain/state/job/message.ts';
import { readPayload } from '../../shared/worker/hold/run-handler.ts';
import { NoCloneError, ServerLink } from './ask-server.ts';
import { JobCrashedError } from './isolation-errors.ts';
import { readToJob, type ToJob, type ToServer } from './messages.ts';
import { type RemoteDependencies, remoteContext } from './remote-context.ts';
import { toWire } from './wire-error.ts';

export interface JobProcessDependencies extends RemoteDependencies {
  readonly contracts: Contracts;
  readonly handlers: Handlers;
}

/** What this process has read from AWS: its server does not know it, and hides only what is secret in the payload. */
const ownSecrets = new SecretValues();

/**
 * Runs the one job that the server sends to this process. The server ends the process when it has the answer.
 * @param argv of this process: `forkJob` has written it
 */
export function serveJob(argv: readonly string[], deps: JobProcessDependencies): void {
  const [, , serverPid, folder] = argv;
  if (!process.send || folder === undefined)
    throw new Error('a worker server starts this process, and nobody else does');
  endWithServer(Number(serverPid), folder);
  const link = new ServerLink(sendToServer);
  const fail = (thrown: unknown): void =>
    link.send({ kind: 'threw', error: toWire(ownSecrets.hideError(asError(thrown))) });
  process.on('uncaughtException', (thrown) => {
    const { name, message } = describeError(asError(thrown));
    fail(new JobCrashedError(`nothing in the job has caught an error: ${name}: ${message}`));
  });
  process.on('message', (received) => {
    const message = readToJob(received);
    if (message?.kind !== 'start') return message && link.take(message);
    run(message, link, deps).catch(fail);
  });
  link.send({ kind: 'ready' });
}

async function run(
  { body, data }: Extract<ToJob, { kind: 'start' }>,
  link: ServerLink,
  { contracts, handlers, ...deps }: JobProcessDependencies,
): Promise<void> {
  const message = readMessage(body);
  if (message instanceof Error) throw message;
  const { type, payload } = message;
  const contract = contractOf(contracts, type);
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  if (!contract || !handler)
    throw new UnknownJobTypeError(`the process of the job knows no job type "${type}"`);
  const parsed = readPayload(contract, payload, new SecretValues());
  const job = remoteContext(data, link, { ...deps, contracts });
  // As in `runHandler`: of all types together the compiler cannot tell which payload belongs to which handler.
  const result = await handler(parsed as never, job as JobContext<never>);
  try {
    link.send({ kind: 'returned', result });
  } catch (thrown) {
    if (!(thrown instanceof NoCloneError)) throw thrown;
    throw new InvalidResultError(`the result cannot be sent to the server of the job: ${thrown.message}`);
  }
}

/** It may have ended: then this process ends, too. */
function sendToServer(message: ToServer): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

const checkMs = 250;

/** A text, as a bundle has no file for it. What the job has started may still write to the folder: it is tried once. */
const watch = `
  const { rmSync } = require('node:fs');
  const { workerData: { serverPid, folder, checkMs } } = require('node:worker_threads');
  const check = () => {
    if (process.ppid === serverPid) return;
    try {
      rmSync(folder, { recursive: true, force: true });
    } finally {
      process.kill(-process.pid, 'SIGKILL');
    }
  };
  check();
  setInterval(check, checkMs);
`;

/**
 * Ends this process, and all that it has started, when its server has ended, and removes its folder. A thread of its
 * own looks, as the job may block the event loop for as long as it likes.
 */
function endWithServer(serverPid: number, folder: string): void {
  const workerData = { serverPid, folder, checkMs };
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  new Worker(watch, { eval: true, workerData, resourceLimits }).unref();
}
