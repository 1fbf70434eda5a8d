import { execFile, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ReplayOrder } from '../../../../scripts/replay/replay-order.ts';
import { uploadNameFor } from '../../../../shared/domain/objects/upload-name.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { answering, withServer } from '../../../integration/scripted-server.ts';
import { root, withProjectCopy } from '../../../project-copy.ts';
import { anOrder } from '../../../set-ups/replaying.ts';
import { jobId, uploadRules } from '../../../set-ups/samples.ts';
import { permissions, runReplay } from './run-replay.ts';
import { type Outside, unseenWays, waysOut } from './ways-out.ts';

let folder: string;

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
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fence-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

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

/** What a handler does, by the seconds of its counting. A constant of the module is made as soon as it is loaded. */
const wild = (url: string): string => `
const early = await fetch('${url}/early').then(() => 'seen', (error) => String(error.cause));
const doings = [
  () => process.exit(0),
  () => new Promise(() => { setTimeout(() => { throw new TypeError('later'); }, 10); }),
  () => new Promise(() => { void Promise.reject(new TypeError('forgotten')); }),
  () => { console.log('from the console'); console.table([]); process.stdout.write('by \\u001b]0;a title\\u0007 itself\\n'); setInterval(() => undefined, 1000); return 3; },
  () => { console.log(early); return 4; },
  () => fetch('${url}/late').catch(() => 5),
  async (job) => { await job.output({ contentType: 'text/plain' }).write('abc'); return 6; },
];
export const counting = async ({ seconds }, job) => ({ seconds: await doings[seconds](job) });
`;

describe('wild handlers', () => {
  test('a handler that does what it should not is told of, and does not get out', () =>
    withProjectCopy(
      async (clone) => {
        const asked: (string | undefined)[] = [];
        await withServer(
          (response, request) => {
            asked.push(request.url);
            answering(200, {})(response, request);
          },
          async (url) => {
            await writeFile(join(clone, 'tests/job-types/counting/handler.ts'), wild(url));
            const outputFile = join(clone, 'streamed.txt');
            const compileCache = join(clone, 'compiled');
            const runDoing = (seconds: number) =>
              runReplay(anOrder({ payload: { seconds }, job: { type: 'counting' }, outputFile }), {
                root: clone,
                folder: clone,
                compileCache,
              });
            // The first one compiles for all.
            const ends = [await runDoing(0), ...(await Promise.all([1, 2, 3, 4, 5, 6].map(runDoing)))];
            const refused = /FenceError: replay: the connection to 127\.0\.0\.1:\d+ was not made/;
            const nothingCaught = 'Nothing has caught this error';
            expect(ends).toEqual([
              { code: 7, out: '', err: expect.stringContaining('The handler has ended the process') },
              { code: 7, out: '', err: expect.stringMatching(`TypeError: later\n(.*\n)*${nothingCaught}`) },
              {
                code: 7,
                out: '',
                err: expect.stringMatching(`TypeError: forgotten\n(.*\n)*${nothingCaught}`),
              },
              {
                code: 0,
                out: '{"seconds":3}\n',
                err: expect.stringMatching(/^from the console\n(.*\n)*by +itself$/m),
              },
              { code: 0, out: '{"seconds":4}\n', err: expect.stringMatching(refused) },
              { code: 0, out: '{"seconds":5}\n', err: expect.stringContaining('The fence has refused') },
              {
                code: 0,
                out: '{"seconds":6}\n',
                err: expect.stringContaining(`text/plain: see ${outputFile}`),
              },
            ]);
            expect(await readFile(outputFile, 'utf8')).toBe('abc');
          },
        );
        expect(asked).toEqual([]);
      },
      ['scripts'],
    ));
});

const run = (order: ReplayOrder, flags?: readonly string[]) =>
  runReplay(order, { root, folder, ...(flags ? { flags } : {}) });

const object = uploadNameFor({ tenant: 'a tenant', id: jobId, now: t0 }, uploadRules);
const withObject = { objects: { [object]: join(root, 'package.json') } };

describe('the command of a replay', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-command-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  // They run side by side: each has to load all handlers.
  const cases: readonly (readonly [type: string, payload: object, code: number, refused: string])[] = [
    [
      'send-email',
      { to: 'jane@example.com', subject: 'A subject', text: 'A whole text' },
      7,
      'the connection to email.eu-central-1.amazonaws.com:443 was not made',
    ],
    ['render-report', { month: '2026-10' }, 7, 'the connection to replay.example:443 was not made'],
    ['sort-lines', { objects: [object] }, 7, 'the program sh was not started'],
    [
      'bulk-action',
      { action: 'retry', filter: { type: 'counting' } },
      7,
      'the jobs of the stage were not listed',
    ],
  ];
  test('comes to the fence with every type that reaches out, at once, and says so', async () => {
    const ends = await Promise.all(
      cases.map(([type, payload]) => run(anOrder({ payload, ...withObject, job: { type } }))),
    );
    expect(ends).toEqual(
      cases.map(([, , code, refused]) => ({
        code,
        out: '',
        err: expect.stringContaining(`The fence has refused:\n  ${refused}\n`),
      })),
    );
    for (const { err } of ends) expect(err).toMatch(/, after (\d+ ms|[0-4]\.\d s)/);
  });

  test('says that the clone does not have the type', async () => {
    const { code, err } = await run(anOrder({ job: { type: 'gone' } }));
    expect(code).toBe(3);
    expect(err).toMatch(/^This clone has no job type "gone", only booking, .*, sort-lines\. Check out/);
  });

  test('does not start without the permissions of Node.js', async () => {
    expect(await run(anOrder(), [])).toEqual({
      code: 2,
      out: '',
      err: '`jobctl replay` starts this, and nobody else does.\n',
    });
  });

  test('ends and removes what the job was given, if jobctl is gone', async () => {
    const own = await mkdtemp(join(folder, 'left-'));
    const order = anOrder({ payload: { seconds: 60 }, job: { type: 'counting' } });
    await writeFile(join(own, 'order.json'), JSON.stringify(order));
    const child = spawn(process.execPath, [...permissions, join(root, 'scripts/replay-job.ts'), own]);
    child.stderr.once('data', () => child.stdin.destroy());
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(existsSync(own)).toBe(false);
  });
});
