import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { whyStrangeHost } from '../local/doors/allowed-hosts.ts';
import { asError, ConfigError } from '../shared/domain/base/errors.ts';

interface Health {
  readonly port: number;
  /**
   * Of a worker beside `npm start`: names of this machine besides those of the loopback interface. It answers nobody
   * else, and no page. Absent for a server of a stage: that one is called by its address.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Whether the server takes jobs. If not, `/ready` answers 503 with this. */
  readonly state: () => { readonly isReady: boolean; readonly [figure: string]: unknown };
  /** What the server has counted, as text for Prometheus. */
  readonly metrics: () => string;
}

/**
 * Answers `GET /live` as long as the process does anything at all, `GET /ready` while it takes jobs, and `GET
 * /metrics`.
 * @throws ConfigError if the port is taken
 */
export async function startHealth({ port, allowedHosts, state, metrics }: Health): Promise<Server> {
  const whyRefused = ({ host, origin }: IncomingHttpHeaders): string | undefined =>
    allowedHosts &&
    (whyStrangeHost(host, allowedHosts) ??
      (origin === undefined ? undefined : 'No page may call this port.'));
  const server = createServer(({ url, headers }, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    const refused = whyRefused(headers);
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
  server.listen(port, allowedHosts ? '127.0.0.1' : undefined);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new ConfigError(`The health port ${port} cannot be listened on: ${asError(cause).message}`, {
      cause,
    });
  });
  return server;
}
