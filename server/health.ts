import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { readAllowedHosts, whyStrangeHost } from '../local/allowed-hosts.ts';
import { asError, ConfigError } from '../shared/domain/base/errors.ts';

interface Health {
  readonly port: number;
  /** A worker of this machine answers nobody else, and no page. That of a stage is called by its address. */
  readonly isLocal: boolean;
  /** Whether the server takes jobs. If not, `/ready` answers 503 with this. */
  readonly state: () => { readonly isReady: boolean; readonly [figure: string]: unknown };
  /** What the server has counted, as text for Prometheus. */
  readonly metrics: () => string;
}

/**
 * Answers `GET /live` as long as the process does anything at all, `GET /ready` while it takes jobs, and `GET /metrics`.
 * @throws ConfigError if the port is taken
 */
export async function startHealth({ port, isLocal, state, metrics }: Health): Promise<Server> {
  const allowed = isLocal ? readAllowedHosts(process.env.ALLOWED_HOSTS) : [];
  const whyRefused = ({ host, origin }: IncomingHttpHeaders): string | undefined =>
    whyStrangeHost(host, allowed) ?? (origin === undefined ? undefined : 'No page may call this port.');
  const server = createServer(({ url, headers }, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    const refused = isLocal ? whyRefused(headers) : undefined;
    if (refused !== undefined) return answer(403, { detail: refused });
    if (url === '/live') return answer(200, { live: true });
    if (url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      return response.end(metrics());
    }
    if (url !== '/ready') return answer(404, { detail: 'There are /live, /ready and /metrics.' });
    const { isReady, ...figures } = state();
    return answer(isReady ? 200 : 503, { ready: isReady, ...figures });
  });
  server.listen(port, isLocal ? '127.0.0.1' : undefined);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new ConfigError(`The health port ${port} cannot be listened on: ${asError(cause).message}`, {
      cause,
    });
  });
  return server;
}
