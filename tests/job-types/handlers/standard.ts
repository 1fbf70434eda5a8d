import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { csvSums } from '../csv-sums/handler.ts';

export const standardHandlers: HandlersOf<typeof contracts, 'standard'> = {
  'csv-sums': csvSums,
};
