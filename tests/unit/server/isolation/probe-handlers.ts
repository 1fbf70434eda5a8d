import type { JobHandler } from '../../../../shared/author/handler.ts';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { childProbes } from './child-probes.ts';
import { childProbe, probe, probeWithSteps } from './probe-contract.ts';
import { probes } from './probes.ts';
import { wildProbes } from './wild-probes.ts';

export const probeContracts = { probe, 'probe-with-steps': probeWithSteps, 'child-probe': childProbe };

const probeHandler: JobHandler<typeof probe> = (payload, job) => {
  const chosen = probes[payload.probe] ?? childProbes[payload.probe] ?? wildProbes[payload.probe];
  if (!chosen) throw new Error(`there is no probe "${payload.probe}"`);
  return chosen(job, payload);
};
/** Number 2 fails, and number 7 has an output. */
const childHandler: JobHandler<typeof childProbe> = async ({ number }, job) => {
  if (number === 2) throw new PermanentError('no');
  if (number === 7) await job.output({ contentType: 'text/plain' }).write('abcdefg'.repeat(100_000));
  return { twice: 2 * number };
};
export const probeHandlers = {
  probe: probeHandler,
  'probe-with-steps': probeHandler,
  'child-probe': childHandler,
};
