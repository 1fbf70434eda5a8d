import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { LocalAwsError } from '../local-aws.ts';

/** Linux gives ports from 32768 on to programs that connect to something: one of them may be taken before it is used. */
const ports = { from: 10_000, to: 32_000 };
const maxTries = 100;
/** Within this time, the program that asked for a port listens on it. */
const reservedMs = 60_000;

/**
 * Finds a TCP port of the loopback interface that no process listens on now. On Linux it is reserved for a minute: two
 * systems that start at the same time would else choose the same port now and then.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = randomInt(ports.from, ports.to);
    if ((await reserve(port)) && (await isFree(port, '127.0.0.1'))) return port;
  }
  throw new LocalAwsError(`Of ${maxTries} TCP ports between ${ports.from} and ${ports.to} none is free.`);
}

/**
 * Listens on a socket that has a name, and neither a file nor a port: all processes of the machine see the name, and it
 * ends with its process. Other systems than Linux have none, and there nothing is reserved.
 */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const name = await listen({ path: `\0serverless-job-worker-port-${port}` });
  name?.unref();
  setTimeout(() => name?.close(), reservedMs).unref();
  return name !== undefined;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = await listen({ port, host });
  server?.close();
  if (server) await once(server, 'close');
  return server !== undefined;
}

/** @returns undefined if another process listens there */
async function listen(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().listen(where);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

/** @throws LocalAwsError if this process cannot listen on the port */
export async function requireFreePort(host: string, port: string): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new LocalAwsError(`PORT is not a TCP port: ${port}`);
  if (await isFree(Number(port), host)) return;
  throw new LocalAwsError(`Port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm start`);
}
