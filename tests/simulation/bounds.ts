import { noForces } from './forces.ts';
import type { Bounds } from './invariants.ts';
import { type Figures, maxSkewMs } from './limits.ts';
import type { WorldSettings } from './world-settings.ts';

/** So far off is the clock of a server that is ill of it. */
const maxWrongMs = 10 * 60_000;

/** What the invariants allow in a world. */
export function boundsOf(settings: WorldSettings, figures: Figures): Bounds {
  const { plan, chaos, clocksDifferMs = 0, hasIlls, forces = noForces } = settings;
  // A clock may turn wrong while a call is under way, before an answer tells of it.
  const skewMs = Math.max(maxSkewMs, clocksDifferMs, hasIlls ? maxWrongMs : 0);
  return {
    maxAdmissions: (settings.maxAdmissions ?? maxAdmissions(settings)) + (settings.wakers ?? 1) - 1,
    maxSkewMs: skewMs,
    // A process may stand still for longer than a lease.
    maxWriteDelayMs:
      (plan || chaos ? Math.max(15 * 60_000, figures.leaseMs + 60_000) : 10_000) +
      skewMs +
      forces.standStillMs,
    takenOverWithinMs: settings.takenOverWithinMs ?? takenOverWithinMs(settings, figures),
    changeVisibilityBeforeClaim: figures.changeVisibilityBeforeClaim,
  };
}

/** Once. If the message itself may come back meanwhile, or something goes wrong, each may add one more. */
const maxAdmissions = ({ plan, chaos, failedComeBackAtOnce }: WorldSettings): number =>
  plan || chaos || failedComeBackAtOnce ? 3 : 1;

/** As deployed: a lease of 60 s, and a crashed slice is taken over within 90. */
function takenOverWithinMs(
  { failedComeBackAtOnce }: WorldSettings,
  { leaseMs, atOnceSeconds }: Figures,
): number {
  // In this schedule, a worker that finds the lease alive does not get the message back exactly when it ends.
  return leaseMs + 30_000 + (failedComeBackAtOnce ? atOnceSeconds * 1000 : 0);
}
