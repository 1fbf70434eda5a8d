import type { Clock, Random } from '../../domain/base/ports.ts';
import { type KeepPayload, keepEachPayload } from '../../domain/state/stored-copies.ts';
import type { keepPayloads } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { s3ObjectStore } from './object-store.ts';

interface Keeping {
  readonly clock: Clock;
  readonly random: Random;
}

/** How messages are kept from their submission on, if the stage keeps each. */
export const stageKeepsPayload = (
  env: Granted<typeof keepPayloads>,
  keeping: Keeping,
): KeepPayload | undefined =>
  env.KEEP_PAYLOAD === 'true' ? keepEachPayload({ ...keeping, objects: s3ObjectStore(env) }) : undefined;
