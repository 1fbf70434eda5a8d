import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundleClient } from './bundle.ts';

/** A site of its own, with an empty page and the client. */
export interface PageServer {
  readonly origin: string;
  stop(): void;
}

export async function startPageServer(): Promise<PageServer> {
  const bundle = await bundleClient();
  const server: Server = createServer(({ url }, response) => {
    if (url === '/client.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>a page</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
