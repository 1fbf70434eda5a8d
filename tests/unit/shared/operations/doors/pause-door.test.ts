import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { Pause } from '../../../../../shared/domain/state/limits/pause.ts';
import { SubmissionsPausedError } from '../../../../../shared/domain/state/limits/submissions-paused-error.ts';
import { PauseDoor } from '../../../../../shared/operations/doors/pause-door.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { somePauses } from '../../../../set-ups/pauses.ts';
import { aKeyedSubmission, aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';

const minuteMs = 60_000;
const pause: Pause = { at: t0, by: 'key:1', submissions: 'refuse' };

/** A stage with pauses, and the submissions of its clients. */
function aStage() {
  const submitter = aSubmitter();
  const pauses = somePauses();
  let reads = 0;
  pauses.records.before = () => {
    reads += 1;
  };
  const log = recordedLog();
  const pauseDoor = new PauseDoor({ pauses, clock: submitter.clock, log });
  return {
    ...submitter,
    pauses,
    log,
    reads: () => reads,
    submit: (submission = aSubmission) => submitter.submit(submission, { pauseDoor }),
  };
}

describe('a submission of what is paused', () => {
  test.each(['stage', 'queue:long', 'tenant:a tenant', 'type:counting'])(
    'is refused if the pause says so, and nothing is sent: %s',
    async (name) => {
      const { submit, pauses, sent, calls } = aStage();
      pauses.pauses.set(name, pause);
      const refused = await submit().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SubmissionsPausedError);
      expect(refused).toMatchObject({
        message: `The operator of the stage has paused ${name}, and submissions of it are refused.`,
        pause: { name, until: undefined, retryAfterSeconds: 300 },
      });
      expect([sent(), calls]).toEqual([[], []]);
    },
  );

  test.each<[string, Pause]>([
    ['the pause accepts them', { at: t0, by: 'key:1' }],
    ['it was resumed', { ...pause, resumedAt: t0 }],
    ['its time is over', { ...pause, until: t0 }],
  ])('is accepted if %s', async (_what, one) => {
    const { submit, pauses, sent } = aStage();
    pauses.pauses.set('stage', one);
    await submit();
    expect(sent()).toHaveLength(1);
  });

  test('of another queue, tenant or type is accepted; one of a group is of the queue `ordered`', async () => {
    const { submit, pauses, sent } = aStage();
    for (const name of ['queue:ordered', 'tenant:another', 'type:csv-sums']) pauses.pauses.set(name, pause);
    await submit();
    await expect(submit({ ...aSubmission, group: 'g' })).rejects.toThrow('has paused queue:ordered');
    expect(sent()).toHaveLength(1);
  });

  test('hears of the pause that ends last, and when to ask again: when it ends, or in five minutes', async () => {
    const { submit, pauses } = aStage();
    pauses.pauses.set('stage', { ...pause, until: t0 + 1_500 });
    pauses.pauses.set('type:counting', { ...pause, until: t0 + 2 * minuteMs });
    const last = { name: 'type:counting', until: t0 + 2 * minuteMs, retryAfterSeconds: 120 };
    expect(await submit().catch((error: unknown) => error)).toMatchObject({ pause: last });
  });

  test('that was accepted before is answered', async () => {
    const { submit, pauses, clock } = aStage();
    const { job } = await submit(aKeyedSubmission);
    pauses.pauses.set('stage', pause);
    await clock.advance(minuteMs);
    expect(await submit(aKeyedSubmission)).toMatchObject({ replayed: true, job: { id: job.id } });
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
  });
});

describe('the pauses', () => {
  test('are read every three seconds at most, and not waited for before half a minute, unless one refuses', async () => {
    const { submit, pauses, clock, reads } = aStage();
    await Promise.all([submit(), submit()]);
    await clock.advance(2_999);
    await submit();
    expect(reads()).toBe(1);
    let answer = () => {};
    pauses.records.before = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    pauses.pauses.set('stage', pause);
    await clock.advance(1);
    // It is let in by what was read before.
    await submit();
    answer();
    await clock.advance(0);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
    pauses.pauses.clear();
    await clock.advance(3_000);
    const waiting = submit();
    await clock.advance(0);
    answer();
    await waiting;
  });

  test('are waited for when the known ones are half a minute old', async () => {
    const { submit, pauses, clock } = aStage();
    await submit();
    pauses.pauses.set('stage', pause);
    await clock.advance(30_000);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
  });

  test('refuse what they refused when they cannot be read, and nobody if they never were', async () => {
    const { submit, pauses, clock, log, sent } = aStage();
    const isBroken = () => {
      throw new StoreUnavailableError('no');
    };
    pauses.records.before = isBroken;
    await submit();
    expect([log.lines.map(({ message }) => message), sent().length]).toEqual([['pauses not read'], 1]);
    pauses.records.before = () => undefined;
    pauses.pauses.set('stage', pause);
    await clock.advance(3_000);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
    pauses.records.before = isBroken;
    await clock.advance(minuteMs);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
  });

  test('that come late do not replace newer ones', async () => {
    const { submit, pauses, clock } = aStage();
    await submit();
    await clock.advance(3_000);
    let late = () => {};
    const old = new Map(pauses.pauses);
    pauses.read = () =>
      new Promise((resolve) => {
        late = () => resolve(old);
      });
    await submit();
    pauses.read = async () => new Map([['stage', pause]]);
    await clock.advance(3_000);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
    late();
    await clock.advance(0);
    await expect(submit()).rejects.toThrow(SubmissionsPausedError);
  });
});
