import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { LocalAwsError } from './local-aws.ts';

/** Linux gives ports from 32768 on to whoever connects to something: one of them may be taken before it is used. */
const ports = { from: 10_000, to: 32_000 };
const maxTries = 100;

/** Finds a TCP port of the loopback interface that no process listens on now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = randomInt(ports.from, ports.to);
    if (await isFree(port, '127.0.0.1')) return port;
  }
  throw new LocalAwsError(`Of ${maxTries} TCP ports between ${ports.from} and ${ports.to} none is free.`);
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** @throws LocalAwsError if this process cannot listen on the port */
export async function requireFreePort(host: string, port: string): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new LocalAwsError(`PORT is not a TCP port: ${port}`);
  if (await isFree(Number(port), host)) return;
  throw new LocalAwsError(`Port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm start`);
}
