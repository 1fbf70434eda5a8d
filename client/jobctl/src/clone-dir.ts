import { join } from 'node:path';

/** The clone that this command is part of. An installed package is in no clone: then nothing of one is there. The bundle is as deep in a clone as this file. */
export const cloneDir = join(import.meta.dirname, '../../..');
