import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../local/free-port.ts';

/** What the peers keep their jobs in: of Debian, with their data in a temporary folder. */
export interface Databases {
  /** `REDIS_PORT` and `POSTGRES_PORT`. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const startMs = 20_000;
const lookMs = 50;

export async function startDatabases(): Promise<Databases> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const [redisPort, postgresPort] = [await freePort(), await freePort()];
  const started = [startRedis(folder, redisPort), startPostgres(postgresPort)];
  const stop = async (): Promise<void> => {
    for (const child of started) child.kill('SIGINT');
    await Promise.all(started.map((child) => new Promise((resolve) => child.once('exit', resolve))));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([redisPort, postgresPort].map(untilItListens));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    environment: { REDIS_PORT: String(redisPort), POSTGRES_PORT: String(postgresPort) },
    stop,
  };
}

/** Each job is in its log before it is answered, once a second on the disk. */
const startRedis = (folder: string, port: number): ChildProcess =>
  spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'yes', '--dir', folder], {
    stdio: 'ignore',
  });

function startPostgres(port: number): ChildProcess {
  const versions = '/usr/lib/postgresql';
  const bin = join(versions, readdirSync(versions).at(-1) ?? '', 'bin');
  const dir = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
  const as = { cwd: dir, ...(process.getuid?.() === 0 ? ownerOf(dir) : {}) };
  execFileSync(join(bin, 'initdb'), ['-D', join(dir, 'data'), '-A', 'trust', '-U', 'postgres'], as);
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', join(dir, 'data'), '-p', String(port), '-k', dir, '-h', '127.0.0.1'],
    { ...as, stdio: 'ignore' },
  );
  return child.once('exit', () => rmSync(dir, { recursive: true, force: true }));
}

/** Postgres does not run as root. */
function ownerOf(dir: string) {
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'])));
  if (uid === undefined || gid === undefined) throw new Error('There is no user postgres.');
  chownSync(dir, uid, gid);
  return { uid, gid };
}

async function untilItListens(port: number): Promise<void> {
  const until = Date.now() + startMs;
  while (!(await listens(port))) {
    if (Date.now() > until) throw new Error(`Nothing listens on port ${port}.`);
    await setTimeout(lookMs);
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').on('error', () => resolve(false));
    socket.once('connect', () => resolve(!socket.destroy().connecting));
  });
