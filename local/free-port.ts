import { once } from 'node:events';
import { createServer } from 'node:net';
import { LocalAwsError } from './local-aws.ts';

/** Finds a TCP port of the loopback interface that no process listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}

/** @throws LocalAwsError if this process cannot listen on the port */
export async function requireFreePort(host: string, port: string): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new LocalAwsError(`PORT is not a TCP port: ${port}`);
  const server = createServer().listen(Number(port), host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new LocalAwsError(`Port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm start`, {
      cause,
    });
  }
  server.close();
  await once(server, 'close');
}
