import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { sortLines } from '../sort-lines/handler.ts';

export const serverHandlers: HandlersOf<typeof contracts, 'server'> = {
  'sort-lines': sortLines,
};
