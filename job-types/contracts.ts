import type { Contracts } from '../shared/author/index.ts';
import { bulkAction } from './bulk-action/contract.ts';
import { countdown } from './countdown/contract.ts';
import { csvAggregate } from './csv-aggregate/contract.ts';
import { emrAggregate } from './emr-aggregate/contract.ts';
import { encodeVideo } from './encode-video/contract.ts';
import { sendEmail } from './send-email/contract.ts';
import { transcodeVideo } from './transcode-video/contract.ts';

/** Every job type: its name on the wire, and its contract. */
export const contracts = {
  'bulk-action': bulkAction,
  countdown,
  'csv-aggregate': csvAggregate,
  'emr-aggregate': emrAggregate,
  'encode-video': encodeVideo,
  'send-email': sendEmail,
  'transcode-video': transcodeVideo,
} satisfies Contracts;
