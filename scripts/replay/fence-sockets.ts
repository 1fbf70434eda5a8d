import dgram from 'node:dgram';
import net from 'node:net';
import type { Fence } from './fence.ts';
import { replace } from './replace.ts';

/** Where a socket is to be connected to. */
interface Target {
  readonly host?: unknown;
  readonly port?: unknown;
  /** Of a Unix socket, or a named pipe. */
  readonly path?: unknown;
}

/**
 * Fences connections and datagrams. All of net, tls, http, https, http2, fetch and WebSocket connect by the one method of a
 * socket.
 */
export function fenceSockets(fence: Fence): void {
  const { prototype } = net.Socket;
  replace(
    prototype,
    'connect',
    (connect) =>
      function (this: unknown, ...all) {
        const target = targetOf(all);
        if (isAllowed(target, fence)) return connect.apply(this, all);
        const error = fence.refuse(`the connection to ${describeTarget(target)} was not made`);
        // As a connection that fails, and a moment later: who opens one does more to the socket first, and expects an event.
        if (this instanceof net.Socket) process.nextTick(() => this.destroy(error));
        return this;
      },
  );
  refuse(net.Server.prototype, 'listen', 'nobody was let in: the server does not listen');
  const datagrams = dgram.Socket.prototype;
  refuse(datagrams, 'send', 'the datagram was not sent');
  refuse(datagrams, 'connect', 'the datagram socket was not connected');
  refuse(datagrams, 'bind', 'nobody was let in: the datagram socket was not bound');

  function refuse(owner: object, name: string, what: string): void {
    replace(owner, name, () => () => {
      throw fence.refuse(what);
    });
  }
}

/** As `net.connect` takes it: options, or port and host, or a path. Node.js itself hands on a list of options and callback. */
function targetOf([first, second]: readonly unknown[]): Target {
  if (Array.isArray(first)) return targetOf(first);
  if (typeof first === 'object' && first !== null) return first;
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first)))
    return { port: first, host: typeof second === 'string' ? second : undefined };
  return { path: first };
}

const isPath = ({ path }: Target): boolean => path !== undefined && path !== null && path !== '';

const isAllowed = (target: Target, { allowed }: Fence): boolean =>
  !isPath(target) && allowed.has(describeTarget(target).toLowerCase());

function describeTarget(target: Target): string {
  if (isPath(target)) return String(target.path);
  const host = String(target.host ?? 'localhost');
  return `${host.includes(':') ? `[${host}]` : host}:${target.port}`;
}
