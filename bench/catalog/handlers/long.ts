import type { LongDependencies } from '../../../job-types/handlers/long.ts';
import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';

export const longHandlers = (_given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({});
