import { expect, test } from '@jest/globals';
import { processArrival } from '../../../../functions/admission/process-arrival.ts';
import type { Schedule } from '../../../../shared/job/schedule.ts';
import { SeededRandom } from '../../../../testkit/play/seeded-random.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { aDelivery, dayMs } from '../../../set-ups/samples.ts';
import { occurrencesOfYear, year, yearZones } from '../../../year-of-occurrences.ts';

/** The clocks of all three zones change at one of these times. */
const crons = ['30 2 * * *', '15 1 * * *', '0 9 * * MON-FRI'];
/** Shorter than jobs are kept: an older occurrence makes no job. */
const maxLateMs = 10 * dayMs;

interface Sent {
  readonly body: string;
  readonly arrivesAt: number;
}

test.each(yearZones)(
  'each occurrence of a year in %s makes one job, though it comes twice, late and out of order',
  async (timeZone) => {
    const recurring = crons.map(
      (cron, index): Schedule => ({
        ...{ name: `schedule-${index}`, cron, timeZone },
        ...{ type: 'countdown', payload: { seconds: 0 }, tenant: 'a tenant' },
      }),
    );
    const { deps, store, runQueues, clock } = anAdmission();
    const random = new SeededRandom(17);
    const due = recurring.flatMap((schedule) =>
      occurrencesOfYear(schedule).map((at) => ({ schedule: schedule.name, at })),
    );
    const sent = due.flatMap(({ schedule, at }): Sent[] => {
      const occurrence = { kind: 'occurrence', version: 2, schedule, at: new Date(at).toISOString() };
      return [1, 2].map(() => ({
        body: JSON.stringify(occurrence),
        arrivesAt: at + random.below(maxLateMs),
      }));
    });
    await clock.advance(year.from - clock.now());
    for (const { body, arrivesAt } of sent.sort((one, other) => one.arrivesAt - other.arrivesAt)) {
      await clock.advance(Math.max(0, arrivesAt - clock.now()));
      await processArrival(aDelivery({ body }), { ...deps, recurring });
    }
    expect(due.length).toBeGreaterThan(900);
    const jobs = [...store.items.values()].map(({ tags = [], runAt }) => `${tags.join()} ${runAt}`);
    expect(jobs.sort()).toEqual(due.map(({ schedule, at }) => `schedule:${schedule} ${at}`).sort());
    expect(runQueues.long.sent).toHaveLength(due.length);
  },
);
