import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly body: unknown;
}

export interface JsonServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Serves a REST-JSON service of AWS on a free port. */
export async function startJsonServer(answer: (request: JsonRequest) => Answer): Promise<JsonServer> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const sent = await text(request);
    const { status, headers, body } = answer({
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      authorization: request.headers.authorization ?? '',
      body: sent === '' ? undefined : JSON.parse(sent),
    });
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
