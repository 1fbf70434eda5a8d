import { once } from 'node:events';
import { createServer } from 'node:net';
import { LocalAwsError } from './local-aws-error.ts';

/** A TCP port of the loopback interface that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}

/** @throws LocalAwsError unless this process could listen there */
export async function checkFree(host: string, port: string): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new LocalAwsError(`PORT is no port: ${port}`);
  const server = createServer().listen(Number(port), host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new LocalAwsError(`Port ${port} is taken. Choose another: PORT=${Number(port) + 1} npm start`, {
      cause,
    });
  }
  server.close();
  await once(server, 'close');
}
