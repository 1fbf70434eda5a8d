import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { InvalidRequestError, JobTypeNotSetUpError } from '../../../../shared/job/errors.ts';
import { readStageSetup } from '../../../../shared/job/stage-setup.ts';
import { requireSetUp, requireTargets } from '../../../../shared/operations/check-targets.ts';
import { stageSetup } from '../../../set-ups/samples.ts';
import { aSubmission, aSubmitter } from '../../../set-ups/submitter.ts';

const nothing = readStageSetup({ SETUP: 'mailFrom= eventBus=', WEBHOOK_HOSTS: '', MAIL_TO: '', NOTIFY: '' });
const tenant = 'a tenant';

describe('requireTargets', () => {
  test('returns the targets that can be told, each once', () => {
    const notify = [
      { url: 'https://a.example/' },
      { event: true as const },
      { email: 'ada@example.com' },
      { url: 'https://a.example/' },
    ];
    expect(requireTargets({ tenant, notify }, stageSetup)).toEqual(notify.slice(0, 3));
  });

  test("returns the stage's targets for a submission that says nothing, and none for an empty list", () => {
    const setup = { ...stageSetup, notify: [{ event: true as const }] };
    expect(requireTargets({ tenant }, setup)).toEqual([{ event: true }]);
    expect(requireTargets({ tenant, notify: [] }, setup)).toEqual([]);
  });

  test('rejects all that cannot be told, each with a pointer and a reason', () => {
    const notify = [
      { url: 'http://a.example/' },
      { url: 'https://10.0.0.1/' },
      { email: 'ada@another.example' },
      { event: true as const },
    ];
    const checking = () => requireTargets({ tenant, notify }, nothing);
    expect(checking).toThrow(InvalidRequestError);
    expect(checking).toThrow(
      expect.objectContaining({
        violations: [
          { pointer: '/notify/0/url', detail: 'must begin with https://' },
          { pointer: '/notify/1/url', detail: 'must have a name as its host, not an IP address' },
          { pointer: '/notify/2/email', detail: 'is no address that the stage sends mail to for you' },
          { pointer: '/notify/3/event', detail: 'the stage has no event bus' },
        ],
      }),
    );
  });

  test('rejects every mail address while the stage has no sender', () => {
    const setup = { ...stageSetup, given: new Set<string>() };
    expect(() => requireTargets({ tenant, notify: [{ email: 'ada@example.com' }] }, setup)).toThrow(
      InvalidRequestError,
    );
  });
});

describe('requireSetUp', () => {
  const needy = { ...contracts, countdown: { ...contracts.countdown, needs: ['mailFrom', 'role', 'queue'] } };
  const type = 'countdown';

  test('accepts a type that needs nothing, or whose parameters are set', () => {
    requireSetUp({ type }, { contracts, setup: nothing });
    const given = new Set(['mailFrom', 'role', 'queue']);
    requireSetUp({ type }, { contracts: needy, setup: { ...nothing, given } });
  });

  test('names the parameters that are not set', () => {
    expect(() => requireSetUp({ type }, { contracts: needy, setup: stageSetup })).toThrow(
      new JobTypeNotSetUpError(
        'The stage is not set up for jobs of the type countdown: it has no role, queue.',
      ),
    );
  });
});

test('submitJob makes no call for targets that cannot be told, and puts the others into message and item', async () => {
  const { submit, calls, queue } = aSubmitter();
  await expect(submit({ ...aSubmission, notify: [{ url: 'no address' }] })).rejects.toThrow(
    InvalidRequestError,
  );
  expect(calls).toEqual([]);
  const notify = [{ url: 'https://a.example/' }];
  const { job } = await submit({ ...aSubmission, notify });
  expect(job.notify).toEqual(notify);
  expect(queue.sent[0]?.message.options.notify).toEqual(notify);
});
