import { queueTroubles } from './queue-troubles.ts';
import { serviceTroubles } from './service-troubles.ts';
import type { Trouble } from './trouble.ts';

/** All of them. docs/incidents.md has a section for each name, which a test compares. */
export const troubles: readonly Trouble[] = [...queueTroubles, ...serviceTroubles];
