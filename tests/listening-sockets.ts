import { readdir, readFile, readlink } from 'node:fs/promises';

/** A TCP port that somebody listens on, as Linux tells it. */
export interface Listening {
  /** Such as `127.0.0.1`; an IPv6 address is 32 hexadecimal digits. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const listenState = '0A';

/** All of the machine. */
async function allListening(): Promise<readonly Listening[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  return tables.flatMap((table) =>
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === listenState)
      .map(([, local = '', , , , , , , , inode = '']) => {
        const [address = '', port = ''] = local.split(':');
        return { address: readable(address), port: Number.parseInt(port, 16), inode };
      }),
  );
}

/** Linux writes the bytes of an IPv4 address from the last to the first. */
const readable = (hex: string): string =>
  hex.length === 8 ? [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.') : hex;

async function socketsOf(pid: string): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = names.map((name) => readlink(`${folder}/${name}`).catch(() => ''));
  const inodes = (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  return new Set(inodes);
}

/** Every port that the process listens on which listens on this port, or one of its threads. */
export async function portsBeside(port: number): Promise<readonly Listening[]> {
  const listening = await allListening();
  const known = listening.find((each) => each.port === port);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const sockets = await socketsOf(pid);
    if (known && sockets.has(known.inode)) return listening.filter(({ inode }) => sockets.has(inode));
  }
  throw new Error(`no process that we may look at listens on ${port}`);
}
