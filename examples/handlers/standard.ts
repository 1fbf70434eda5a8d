import { standardHandlers as own } from '../../job-types/handlers/standard.ts';
import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { csvAggregate } from '../csv-aggregate/handler.ts';
import { importPage } from '../import-book/page-handler.ts';
import { makeThumbnail } from '../make-album/thumbnail-handler.ts';

export const standardHandlers: HandlersOf<typeof contracts, 'standard'> = {
  'csv-aggregate': csvAggregate,
  'import-page': importPage,
  'make-thumbnail': makeThumbnail,
  ...own,
};
