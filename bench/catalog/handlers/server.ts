import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';

export const serverHandlers: HandlersOf<typeof contracts, 'server'> = {};
