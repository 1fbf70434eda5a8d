import { join } from 'node:path';
import { startShared } from '../shared-server.ts';

/** Runs before the first contract test. The test processes inherit the environment. */
export default async function start(): Promise<void> {
  process.env.CONTRACT_TEST_SERVICES = await startShared(join(import.meta.dirname, 'serve.ts'));
}
