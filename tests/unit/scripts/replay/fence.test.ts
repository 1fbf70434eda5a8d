import { execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type Outside, unseenWays, waysOut } from './ways-out.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fence-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Watched extends Outside {
  /** Whether anything came. */
  isSeen(): boolean;
  close(): Promise<void>;
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' ? (address?.port ?? 0) : 0;
const listening = (server: net.Server, at: object): Promise<void> =>
  new Promise((resolve) => server.listen(at, resolve));

/** Servers on one port for TCP and UDP, one on a path, and a program: what is behind a way out. */
async function watch(name: string): Promise<Watched> {
  let came = 0;
  const count = (socket: net.Socket) => {
    came += 1;
    socket.on('error', () => undefined).destroy();
  };
  const id = name.replace(/\W/g, '-');
  const [path, file] = [join(folder, `${id}.sock`), join(folder, id)];
  const [tcp, unix, udp] = [net.createServer(count), net.createServer(count), dgram.createSocket('udp4')];
  await Promise.all([listening(tcp, { port: 0 }), listening(unix, { path })]);
  const port = portOf(tcp.address());
  udp.on('message', () => {
    came += 1;
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  return {
    port,
    path,
    program: `require('node:fs').writeFileSync('${file}', '')`,
    isSeen: () => came > 0 || existsSync(file),
    close: async () => {
      udp.close();
      for (const server of [tcp, unix]) await new Promise((resolve) => server.close(resolve));
      await rm(file, { force: true });
    },
  };
}

const line = z.object({ way: z.string(), said: z.string() });

/**
 * Tries the ways in a process of its own. @param allow the host of each way that is let through, by the way
 * @returns what it said of each, and which of them anybody has seen
 */
async function tryWays(
  ways: readonly string[],
  { isFenced = true, allow = {} as Readonly<Record<string, string>> } = {},
) {
  const watched = new Map<string, Watched>();
  for (const way of ways) watched.set(way, await watch(way));
  const allowed = Object.entries(allow).map(([way, host]) => `${host}:${watched.get(way)?.port}`);
  const order = { isFenced, allowed, outsides: Object.fromEntries(watched) };
  const program = join(import.meta.dirname, 'try-ways-out.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(order)]);
  const said = new Map(
    stdout
      .trim()
      .split('\n')
      .map((each) => line.parse(JSON.parse(each)))
      .map(({ way, said }) => [way, said]),
  );
  const seen = ways.filter((way) => watched.get(way)?.isSeen());
  for (const each of watched.values()) await each.close();
  return { said, seen };
}

describe('the fence', () => {
  test('lets nothing out, and says so', async () => {
    const ways = [...Object.keys(waysOut), ...Object.keys(unseenWays)];
    const { said, seen } = await tryWays(ways);
    expect(seen).toEqual([]);
    const unclear = ways.filter((way) => !said.get(way)?.includes('FenceError: replay: '));
    expect(unclear).toEqual(['WebSocket']); // It tells no reason. What was refused is told at the end.
    expect(said.get('refused')).toMatch(/the connection to 127\.0\.0\.1:\d+ was not made/);
    expect(said.get('uncaught')).toBeUndefined();
  });

  test('is what holds: without it, everything comes out', async () => {
    const ways = Object.keys(waysOut);
    expect((await tryWays(ways, { isFenced: false })).seen).toEqual(ways);
  });

  test('lets the connections through that it is told to, and no other', async () => {
    const ways = ['http', 'net by options', 'fetch', 'a socket', 'a datagram'];
    const allow = {
      http: '127.0.0.1',
      'net by options': 'LocalHost',
      // It connects to localhost.
      'a socket': '127.0.0.1',
      'a datagram': '127.0.0.1',
    };
    const { said, seen } = await tryWays(ways, { allow });
    expect(seen).toEqual(['http', 'net by options']);
    expect(said.get('fetch')).toMatch(
      /^FenceError: replay: the connection to 127\.0\.0\.1:\d+ was not made$/,
    );
    expect(said.get('a datagram')).toContain('the datagram was not sent');
  });
});
