import type { Contracts } from '../shared/author/index.ts';
import { bulkAction } from './bulk-action/contract.ts';
import { sendEmail } from './send-email/contract.ts';

/** Every job type: its name on the wire, and its contract. */
export const contracts = {
  'bulk-action': bulkAction,
  'send-email': sendEmail,
} satisfies Contracts;
