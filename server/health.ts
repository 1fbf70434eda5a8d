import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { asError, ConfigError } from '../shared/domain/base/errors.ts';

interface Health {
  readonly port: number;
  /** Whether the server takes jobs. If not, `/ready` answers 503 with this. */
  readonly state: () => { readonly isReady: boolean; readonly [figure: string]: unknown };
}

/**
 * Answers `GET /live` as long as the process does anything at all, and `GET /ready` while it takes jobs.
 * @throws ConfigError if the port is taken
 */
export async function startHealth({ port, state }: Health): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (url === '/live') return answer(200, { live: true });
    if (url !== '/ready') return answer(404, { detail: 'There are /live and /ready.' });
    const { isReady, ...figures } = state();
    return answer(isReady ? 200 : 503, { ready: isReady, ...figures });
  });
  server.listen(port);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new ConfigError(`The health port ${port} cannot be listened on: ${asError(cause).message}`, {
      cause,
    });
  });
  return server;
}
