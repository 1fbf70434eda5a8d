import { spawn } from 'node:child_process';

interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A program and its arguments, before the address. */
export type Opener = readonly [program: string, ...args: string[]];

/**
 * What opens an address in the browser of whoever sits at the machine.
 * @returns undefined where nobody would see it: without a display, or over ssh
 */
export function openerOn({ platform, env }: Machine): Opener | undefined {
  const isRemote = Boolean(env.SSH_CONNECTION || env.SSH_TTY);
  if (platform === 'darwin') return isRemote ? undefined : ['/usr/bin/open'];
  // Windows looks for a program in the working directory first, unless it has its whole path.
  const system32 = `${env.SystemRoot || 'C:\\Windows'}\\System32`;
  if (platform === 'win32')
    return isRemote ? undefined : [`${system32}\\rundll32.exe`, 'url.dll,FileProtocolHandler'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}

/** Some go on for as long as the browser does. */
const maxWaitMs = 3_000;

/**
 * Opens an address that was checked. No shell reads it, and the browser does not get the key.
 * @returns whether the program has done it, as far as it says
 */
export async function openPage(
  href: string,
  [program, ...args]: Opener,
  env: Machine['env'],
): Promise<boolean> {
  const options = { stdio: 'ignore', detached: true, env: { ...env, JOB_KEY: undefined } } as const;
  const child = spawn(program, [...args, href], options);
  child.unref();
  // Node.js 20 has no Promise.withResolvers.
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), maxWaitMs);
    const end = (isDone: boolean): void => {
      clearTimeout(timer);
      resolve(isDone);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
  });
}
