import { expect, test } from '@jest/globals';
import { bucketSettingsOf } from '../../../../infra/template/bucket-settings.ts';
import { dayMs } from '../../../../shared/domain/base/schedule-time.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { inMemoryRates } from '../../../../testkit/fakes/in-memory-rates.ts';

const minuteMs = 60_000;
/** So long after the answer the bytes may come. */
const urlMs = 15 * minuteMs;

/** S3 removes an object at the first midnight UTC after so many days. */
const removedAt = (putAt: number, days: number): number => Math.ceil((putAt + days * dayMs) / dayMs) * dayMs;

/** The most that is kept at once of a tenant that uploads whenever it may, and then sends the bytes as late as it can. */
async function maxKept(max: number, days: number): Promise<number> {
  const rates = inMemoryRates();
  // The first bytes come right after a midnight: they are kept for nearly a day more.
  const start = Math.ceil(t0 / dayMs) * dayMs + minuteMs - urlMs;
  const uploads: { readonly putAt: number; readonly bytes: number }[] = [];
  for (let now = start; now < start + (days + 4) * dayMs; now += 3 * minuteMs) {
    const rate = { tenant: 'a tenant', limit: 'uploadBytesPerDay', max, now } as const;
    const { taken } = await rates.take({ ...rate, wanted: max });
    if (taken > 0) uploads.push({ putAt: now + urlMs, bytes: taken });
  }
  const keptAt = (at: number): number =>
    uploads
      .filter(({ putAt }) => putAt <= at && at < removedAt(putAt, days))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  return Math.max(...uploads.map(({ putAt }) => keptAt(putAt)));
}

test.each([1, 3])(
  'with %d days, what is kept of uploads at once has the bound that docs/limits.md says',
  async (days) => {
    const parameters = {
      cors: '',
      tableDeletionPolicy: 'Delete',
      uploadRetentionDays: days,
      retentionDays: 30,
    };
    const { Rules } = bucketSettingsOf(parameters, []).LifecycleConfiguration;
    const rule = Rules.find(({ Prefix }) => Prefix === 'uploads/');
    expect(rule?.ExpirationInDays).toBe(days);
    const max = 100_000;
    const most = await maxKept(max, days);
    expect(most).toBeLessThan(max * (days + 2.1));
    // It is no larger than it has to be.
    expect(most).toBeGreaterThan(max * (days + 1.9));
  },
);
