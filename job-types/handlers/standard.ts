import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';

/** The handlers of all types that run from the standard queue. */
export const standardHandlers: HandlersOf<typeof contracts, 'standard'> = {};
