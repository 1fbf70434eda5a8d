import type { JobHandler } from '../../../../shared/author/handler.ts';
import { probe, probeWithSteps } from './probe-contract.ts';
import { probes } from './probes.ts';
import { wildProbes } from './wild-probes.ts';

export const probeContracts = { probe, 'probe-with-steps': probeWithSteps };

const probeHandler: JobHandler<typeof probe> = (payload, job) => {
  const chosen = probes[payload.probe] ?? wildProbes[payload.probe];
  if (!chosen) throw new Error(`there is no probe "${payload.probe}"`);
  return chosen(job, payload);
};
export const probeHandlers = { probe: probeHandler, 'probe-with-steps': probeHandler };
