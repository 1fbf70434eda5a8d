import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/**
 * Where Debian installs it. The one without windows and a desktop's services takes two thirds of the CPU for the same
 * pages.
 */
const usualPaths = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The Chromium of this machine: `CHROMIUM`, or Debian's. @returns undefined if there is none */
export function chromiumPath(): string | undefined {
  const { CHROMIUM } = process.env;
  return (CHROMIUM === undefined ? usualPaths : [CHROMIUM]).find((path) => existsSync(path));
}

/** Starts Chromium without a window. It opens pages of this machine only, so it needs no sandbox. */
export async function startChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error(
      'There is no Chromium: install it (on Debian: chromium-headless-shell, or chromium), or set CHROMIUM to its path.',
    );
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...more] });
}
