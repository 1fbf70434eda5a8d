import { execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import dns, { lookup, Resolver } from 'node:dns';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import https from 'node:https';
import net, { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';

/** Where a way out leads. Whatever is done there is seen. */
export interface Outside {
  /** Of a server for TCP, and one for UDP. */
  readonly port: number;
  /** Of a Unix socket. */
  readonly path: string;
  /** A program that makes a file, as the text of a module, and as arguments of Node.js. */
  readonly program: string;
}

/** Resolves when the emitter has ended, and rejects with its error. */
const over = (emitter: NodeJS.EventEmitter, ...events: readonly string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    emitter.on('error', reject);
    for (const event of events) emitter.on(event, resolve);
  });
/** Of a call that ends by a callback. */
const answered = (call: (done: (error: Error | null) => void) => void): Promise<unknown> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve('done'))));
const inNode = (program: string): readonly [string, string[]] => [process.execPath, ['-e', program]];
const shell = (program: string): string => `"${process.execPath}" -e "${program}"`;

const resolverAt = <Any extends Resolver | dns.promises.Resolver>(resolver: Any, port: number): Any => {
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver;
};
const once = { timeout: 300, tries: 1 };

/** Ways by which a program reaches what is outside of its process. Each ends soon, if nothing answers. */
export const waysOut: Readonly<Record<string, (outside: Outside) => unknown>> = {
  fetch: ({ port }) => fetch(`http://127.0.0.1:${port}`),
  'fetch of localhost': ({ port }) => fetch(`https://localhost:${port}`),
  http: ({ port }) => over(get({ port, host: '127.0.0.1' }), 'close'),
  https: ({ port }) => over(https.request(`https://127.0.0.1:${port}`).end(), 'close'),
  'http2 in the clear': ({ port }) => over(connectHttp2(`http://127.0.0.1:${port}`), 'close'),
  'http2 over tls': ({ port }) => over(connectHttp2(`https://127.0.0.1:${port}`), 'close'),
  'net by port': ({ port }) => over(createConnection(port, '127.0.0.1'), 'close'),
  'net by options': ({ port }) => over(net.connect({ port, host: 'localhost' }), 'close'),
  'a socket': ({ port }) => over(new net.Socket().connect(port), 'close'),
  'a unix socket': ({ path }) => over(createConnection(path), 'close'),
  tls: ({ port }) => over(connectTls({ port, host: '127.0.0.1' }), 'close'),
  WebSocket: ({ port }) => over(eventsOf(new WebSocket(`ws://127.0.0.1:${port}`)), 'close'),
  'a client of AWS': ({ port }) =>
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    }).send(new ListTablesCommand()),
  'a datagram': async ({ port }) => {
    const socket = dgram.createSocket('udp4');
    await answered((done) => socket.send('a', port, '127.0.0.1', done)).finally(() => socket.close());
  },
  'a connected datagram socket': async ({ port }) => {
    const socket = dgram.createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await over(socket, 'connect');
    await answered((done) => socket.send('a', done)).finally(() => socket.close());
  },
  'a look-up at a server of names': ({ port }) =>
    answered((done) => resolverAt(new Resolver(once), port).resolve4('a.example', done)),
  'a promised look-up there': ({ port }) =>
    resolverAt(new dns.promises.Resolver(once), port).resolveTxt('a.example'),
  exec: ({ program }) => promisify(execFile)(...inNode(program)),
  spawn: ({ program }) => over(spawn(...inNode(program)), 'close'),
  spawnSync: ({ program }) => spawnSync(...inNode(program)),
  execSync: ({ program }) => execSync(shell(program)),
  execFileSync: ({ program }) => execFileSync(...inNode(program)),
  fork: ({ program }) => over(fork('-e', [program], { execArgv: [] }), 'close'),
  'a cluster': ({ program }) => {
    cluster.setupPrimary({ exec: '-e', args: [program], execArgv: [] });
    return over(cluster.fork(), 'exit');
  },
  'a thread': ({ program }) => over(new Worker(program, { eval: true }), 'exit'),
};

/** Refused as well, though nobody here would see them. */
export const unseenWays: Readonly<Record<string, (outside: Outside) => unknown>> = {
  'a look-up by the system': () => promisify(lookup)('a.example'),
  'a promised look-up by the system': () => dns.promises.lookup('a.example'),
  'a reverse look-up': () => dns.promises.reverse('192.0.2.1'),
  'a server': () => over(net.createServer().listen(0, '127.0.0.1'), 'listening'),
  'a signal to another process': () => process.kill(process.ppid, 0),
  'the inside of Node.js': () => Reflect.get(process, 'binding').call(process, 'tcp_wrap'),
};

/** A WebSocket has listeners in place of events. */
function eventsOf(socket: WebSocket): NodeJS.EventEmitter {
  const emitter = new net.Socket();
  // fetch and WebSocket tell no reason; who refuses says it.
  socket.onerror = (event) => emitter.emit('error', Object(event).error ?? new Error('WebSocket'));
  socket.onclose = () => emitter.emit('close');
  return emitter;
}
