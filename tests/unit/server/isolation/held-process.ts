import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The process of a probe that gets ready only when the test has written a file into its folder. */
while (!existsSync(join(tmpdir(), 'go'))) await setTimeout(10);
await import('./probe-process.ts');
