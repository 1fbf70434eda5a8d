import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  InvalidRequestError,
  NotFoundError,
} from '../../../../../shared/domain/base/errors.ts';
import { pauseJobs, resumeJobs } from '../../../../../shared/operations/act/pause-jobs.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { somePauses } from '../../../../set-ups/pauses.ts';
import { dayMs } from '../../../../set-ups/samples.ts';

function pausing() {
  const pauses = somePauses();
  const deps = { pauses, contracts, clock: new FixedClock() };
  const pause = (name: string, until?: number, submissions?: 'accept' | 'refuse') =>
    pauseJobs({ name, by: 'key:1', until, why: undefined, submissions }, deps);
  return { pauses: pauses.pauses, pause, resume: (name: string) => resumeJobs(name, 'key:2', deps) };
}

describe('pauseJobs', () => {
  test('pauses for a year, if nobody says until when', async () => {
    const { pause, pauses } = pausing();
    await pause('type:counting');
    expect(pauses.get('type:counting')).toEqual({ at: t0, by: 'key:1', until: t0 + 365 * dayMs });
  });

  test('says that submissions are refused, and nothing if they are accepted', async () => {
    const { pause, pauses } = pausing();
    await pause('stage', t0 + 1, 'refuse');
    expect(pauses.get('stage')).toEqual({ at: t0, by: 'key:1', until: t0 + 1, submissions: 'refuse' });
    await pause('stage', t0 + 1, 'accept');
    expect(pauses.get('stage')).toEqual({ at: t0, by: 'key:1', until: t0 + 1 });
  });

  test.each([t0, t0 + 366 * dayMs])('refuses a time that is past, or too far ahead: %d', async (until) => {
    await expect(pausing().pause('stage', until)).rejects.toThrow(InvalidRequestError);
  });

  test('refuses a type that there is not, and the 101st pause, but not another one of a known name', async () => {
    const { pause, pauses } = pausing();
    await expect(pause('type:none')).rejects.toThrow(InvalidRequestError);
    for (let n = 0; n < 200; n += 1) pauses.set(`suspended:${n}`, { at: t0, by: 'keys' });
    for (let n = 0; n < 100; n += 1) await pause(`tenant:${n}`);
    await expect(pause('stage')).rejects.toThrow(ConflictError);
    await pause('tenant:7');
  });
});

describe('resumeJobs', () => {
  test('resumes once, and says by whom', async () => {
    const { pause, resume } = pausing();
    await pause('stage');
    expect(await resume('stage')).toMatchObject({ resumedAt: t0, resumedBy: 'key:2' });
    expect(await resume('stage')).toMatchObject({ resumedAt: t0, resumedBy: 'key:2' });
  });

  test('does not end what a suspended tenant is held by', async () => {
    const { pauses, resume } = pausing();
    pauses.set('suspended:acme', { at: t0, by: 'keys' });
    await expect(resume('suspended:acme')).rejects.toThrow(ConflictError);
    expect(pauses.get('suspended:acme')).toEqual({ at: t0, by: 'keys' });
  });

  test('does not know what was not paused', async () => {
    await expect(pausing().resume('stage')).rejects.toThrow(NotFoundError);
  });
});
