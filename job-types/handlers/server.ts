import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';

/** The handlers of all types that only worker servers run. */
export const serverHandlers: HandlersOf<typeof contracts, 'server'> = {};
