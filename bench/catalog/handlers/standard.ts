import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';

export const standardHandlers: HandlersOf<typeof contracts, 'standard'> = {
  nothing: async ({ n }: { n: number }) => ({ n }),
};
