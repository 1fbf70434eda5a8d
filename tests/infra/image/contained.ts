import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectDir } from '../../project-copy.ts';

/** Whether this machine lets a test make mounts of its own: root does, in most places. */
export const canContain = (): boolean =>
  spawnSync('unshare', ['--mount', '--propagation', 'private', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
    .status === 0;

interface Contained {
  /** The folder that the process sees as /app, its working folder. */
  readonly app: string;
  /** An empty folder, which becomes the root. */
  readonly rootDir: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The root is made of this machine's libraries, Node.js 24 and the folder of the image: all that can only be read, but
 * /tmp, which is empty. What is mounted ends with the process, since nobody else is in its mount namespace.
 */
const script = `
set -e
mount --bind "$ROOT_DIR" "$ROOT_DIR"
cd "$ROOT_DIR"
mkdir app bin lib lib64 usr etc proc dev tmp node
bind() { mount --rbind "$1" "$2"; mount -o remount,bind,ro "$2"; }
for each in bin lib lib64 usr etc; do [ ! -e "/$each" ] || bind "/$each" "$each"; done
bind "$NODE_DIR" node
bind "$APP" app
mount --rbind /dev dev
mount -t proc none proc
mount -t tmpfs -o mode=1777 none tmp
mount -o remount,bind,ro .
exec chroot --userspec=65534:65534 . /usr/bin/env -i -C /app PATH=/node:/usr/bin:/bin "$@"
`;

/** Starts a command as the user nobody on a read-only root. The process is the command itself: signals reach it. */
export function startContained({ app, rootDir, command, env }: Contained): ChildProcess {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...variables, ...command];
  return spawn('unshare', args, {
    env: {
      ...process.env,
      APP: app,
      ROOT_DIR: rootDir,
      NODE_DIR: join(projectDir, 'node_modules/node/bin'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
