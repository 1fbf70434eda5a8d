import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { SourceMaps } from '../../domain/observe/log-line.ts';
import type { readMaps } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { s3ObjectStore } from './object-store.ts';

/** Somebody waits for lines, which can be read without a map, too. */
const timeoutMs = 3_000;
/** Ten times the largest of ours. */
const maxBytes = 10_000_000;

/** The maps that deployments have put into the stage's bucket: infra/deployed/kept-maps.ts. */
export function s3SourceMaps(config: Granted<typeof readMaps>, log: Log): SourceMaps {
  const objects = s3ObjectStore(config);
  return {
    async read(bundle) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const packed = await buffer(objects.read(`maps/${bundle}.map.gz`, { signal }));
        return (await promisify(gunzip)(packed, { maxOutputLength: maxBytes })).toString();
      } catch (error) {
        if (!(error instanceof MissingObjectError))
          log.warn('source map could not be read', { bundle, error: asError(error) });
        return undefined;
      }
    },
  };
}
