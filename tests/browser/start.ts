import { join } from 'node:path';
import { chromiumPath } from '../../scripts/chromium.ts';
import { startShared } from '../shared-server.ts';

/** Runs before the first browser test. The test processes inherit the environment. */
export default async function start(): Promise<void> {
  if (chromiumPath() === undefined)
    console.warn(
      '\nThere is no Chromium: the browser tests are skipped. Install it, or set CHROMIUM to its path.',
    );
  else process.env.BROWSER_TEST_SYSTEMS = await startShared(join(import.meta.dirname, 'serve.ts'));
}
