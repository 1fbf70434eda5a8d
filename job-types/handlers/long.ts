import type { HandlersOf } from '../../shared/job/handler.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';

/** The handlers of all types that run from the long queue. */
export const longHandlers: HandlersOf<typeof contracts, 'long'> = {
  countdown,
};
