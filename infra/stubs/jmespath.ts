import { notBundled } from './not-bundled.ts';

/** Powertools' idempotency finds the key of a record with it, given an `eventKeyJmesPath`. Our key is the job's id. */
export const search = notBundled('JMESPath');
export class PowertoolsFunctions {}
