import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { remote } from '../../../../shared/job/remote.ts';
import { measure, type Payload, type Result, settings } from './remote-sample.ts';
import { type Fault, faults, RemoteWorld } from './remote-world.ts';

const drawnFaults = fc.array(fc.constantFrom<Fault>(...faults), { maxLength: 25 });
/** After how many attempts the user cancels, and then retries. */
const cancels = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 });
const maxAttempts = 200;

type Measure = typeof measure;

/** Plays a job with these faults. @returns what is wrong with the service in the end, or after a cancel */
async function play(make: Measure, drawn: readonly Fault[], canceled: readonly number[]) {
  const world = new RemoteWorld(make, drawn);
  for (const attempts of canceled) {
    for (let made = 0; made < attempts; made += 1) {
      const status = await world.attempt();
      if (status !== 'goesOn') return world.fault(status);
    }
    await world.cancel();
    const left = world.fault('canceled');
    if (left !== undefined) return left;
    world.run += 1;
  }
  for (let made = 0; made < maxAttempts; made += 1) {
    const status = await world.attempt();
    if (status !== 'goesOn') return world.fault(status);
  }
  return 'it never ends';
}

const law = (make: Measure) =>
  fc.asyncProperty(drawnFaults, cancels, async (drawn, canceled) => {
    expect(await play(make, drawn, canceled)).toBeUndefined();
  });

describe('a remote job with many faults in a row', () => {
  it('has one remote job, and none after a cancel', async () => {
    await fc.assert(law(measure), { numRuns: Number(process.env.FUZZ_RUNS ?? 1000) });
  });

  it('would have two if it did not wait for the list', async () => {
    const hasty: Measure = (service) => remote(service, { ...settings, listingLagSeconds: 0 });
    await expect(fc.assert(law(hasty), { numRuns: 5000 })).rejects.toThrow();
  });

  it('would leave one if its cancel did not look for what was started', async () => {
    const blind: Measure = (service) => {
      const right = remote<Payload, Result>(service, settings);
      const cancel: typeof right.cancel = async (payload, job) => {
        if (job.resume?.remoteId !== undefined) await right.cancel(payload, job);
      };
      return Object.assign((...all: Parameters<typeof right>) => right(...all), { cancel });
    };
    await expect(fc.assert(law(blind), { numRuns: 5000 })).rejects.toThrow();
  });
});
