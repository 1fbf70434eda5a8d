import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../../shared/author/contract.ts';
import {
  InvalidRequestError,
  JobTypeNotSetUpError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { readStageSetup } from '../../../../../shared/domain/notify/stage-setup.ts';
import { ObjectNotFoundError } from '../../../../../shared/domain/objects/object-errors.ts';
import { uploadNameFor } from '../../../../../shared/domain/objects/upload-name.ts';
import { zObject } from '../../../../../shared/domain/objects/z-object.ts';
import { requireSetUp, requireTargets } from '../../../../../shared/operations/submit/check-targets.ts';
import { submitJob } from '../../../../../shared/operations/submit/submit-job.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { anId, dayMs, stageSetup, uploadRules } from '../../../../set-ups/samples.ts';
import { submitting } from '../../../../set-ups/submit-all.ts';
import { aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';

const nothing = readStageSetup({ SETUP: '', WEBHOOK_HOSTS: '', NOTIFY: '' }, async () => []);
const tenant = 'a tenant';

describe('check targets', () => {
  describe('requireTargets', () => {
    test('returns the targets that can be told, each once', async () => {
      const notify = [
        { url: 'https://a.example/' },
        { event: true as const },
        { email: 'ada@example.com' },
        { url: 'https://a.example/' },
      ];
      expect(await requireTargets({ tenant, notify }, stageSetup)).toEqual(notify.slice(0, 3));
    });

    test("returns the stage's targets for a submission that says nothing, and none for an empty list", async () => {
      const setup = { ...stageSetup, notify: [{ event: true as const }] };
      expect(await requireTargets({ tenant }, setup)).toEqual([{ event: true }]);
      expect(await requireTargets({ tenant, notify: [] }, setup)).toEqual([]);
    });

    test('rejects all that cannot be told, each with a pointer and a reason', async () => {
      const notify = [
        { url: 'http://a.example/' },
        { url: 'https://10.0.0.1/' },
        { email: 'ada@another.example' },
        { event: true as const },
      ];
      const checking = requireTargets({ tenant, notify }, nothing);
      await expect(checking).rejects.toThrow(InvalidRequestError);
      await expect(checking).rejects.toThrow(
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

    test('rejects every mail address while the stage has no sender', async () => {
      const setup = { ...stageSetup, given: new Set<string>() };
      const checking = requireTargets({ tenant, notify: [{ email: 'ada@example.com' }] }, setup);
      await expect(checking).rejects.toThrow(InvalidRequestError);
    });

    test('asks what the tenant may only for a mail', async () => {
      const asked: string[] = [];
      const mailPlacesOf = async (of: string) => {
        asked.push(of);
        return ['example.com'];
      };
      const setup = { ...stageSetup, mailPlacesOf };
      await requireTargets({ tenant, notify: [{ event: true }, { url: 'https://a.example/' }] }, setup);
      await requireTargets({ tenant }, setup);
      expect(asked).toEqual([]);
      await requireTargets({ tenant, notify: [{ email: 'ada@example.com' }] }, setup);
      expect(asked).toEqual([tenant]);
    });

    test('lets every tenant name to whom the stage tells of every job', async () => {
      const mailPlacesOf = async () => [];
      const setup = { ...stageSetup, mailPlacesOf, notify: [{ email: 'Ops@example.org' }] };
      const notify = [{ email: 'ops@example.org' }];
      expect(await requireTargets({ tenant, notify }, setup)).toEqual(notify);
    });
  });

  describe('requireSetUp', () => {
    const needy = {
      ...contracts,
      counting: { ...contracts.counting, needs: ['mailFrom', 'role', 'queue'] },
    };
    const type = 'counting';

    test('accepts a type that needs nothing, or whose parameters are set', () => {
      requireSetUp({ type }, { contracts, setup: nothing });
      const given = new Set(['mailFrom', 'role', 'queue']);
      requireSetUp({ type }, { contracts: needy, setup: { ...nothing, given } });
    });

    test('names the parameters that are not set', () => {
      expect(() => requireSetUp({ type }, { contracts: needy, setup: stageSetup })).toThrow(
        new JobTypeNotSetUpError(
          'The stage is not set up for jobs of the type counting: it has no role, queue.',
        ),
      );
    });
  });

  test('while it is not known to where the tenant may mail, a submission is answered so, and nothing is sent', async () => {
    const mailPlacesOf = () => Promise.reject(new StoreUnavailableError('down'));
    const { deps, sent } = submitting((call) => void calls.push(call));
    calls.length = 0;
    const submission = { ...aSubmission, notify: [{ email: 'ada@example.com' }] };
    const refused = submitJob(submission, { ...deps, setup: { ...stageSetup, mailPlacesOf } });
    await expect(refused).rejects.toThrow(StoreUnavailableError);
    expect([calls, sent()]).toEqual([[], []]);
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
});

const reads = defineJob({
  payload: z.strictObject({ files: z.array(zObject()) }),
  result: z.null(),
  timeoutSeconds: 10,
  maxAttempts: 3,
});
const nameFor = (tenant: string, now = t0) => uploadNameFor({ tenant, id: anId(1), now }, uploadRules);
const calls: string[] = [];

function submitter() {
  const { deps, sent } = submitting((call) => void calls.push(call), { reads });
  const submit = (files: readonly string[], more: { delaySeconds?: number; runAt?: number } = {}) =>
    submitJob({ tenant: 'a tenant', type: 'reads', payload: { files }, maxAttempts: 3, ...more }, deps);
  return { submit, sent };
}

describe('a submission whose payload names objects', () => {
  test('is accepted with those of its tenant, and costs no call for them', async () => {
    const { submit, sent } = submitter();
    calls.length = 0;
    await submit([nameFor('a tenant'), nameFor('a tenant', t0 - dayMs)]);
    expect(sent()).toHaveLength(1);
    expect(calls).toEqual(['send run 1', 'write submit']);
  });

  test.each([
    ['of another tenant', nameFor('another tenant')],
    ['of no stage', `${nameFor('a tenant').slice(0, -1)}${nameFor('a tenant').endsWith('A') ? 'B' : 'A'}`],
  ])('is refused with a name %s, and nothing is sent', async (_whose, name) => {
    const { submit, sent } = submitter();
    const refused = submit([nameFor('a tenant'), name]);
    await expect(refused).rejects.toThrow(ObjectNotFoundError);
    await expect(refused).rejects.toThrow('/payload/files/1');
    expect(sent()).toEqual([]);
  });

  test('is refused if the job would run when an object is gone', async () => {
    const { submit, sent } = submitter();
    const old = nameFor('a tenant', t0 - 25 * dayMs);
    const error = await submit([old], { delaySeconds: 6 * 24 * 3600 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({
      violations: [{ pointer: '/payload/files/0', detail: 'is kept until 2026-01-07T00:00:00.000Z' }],
    });
    await expect(submit([old], { runAt: t0 + 6 * dayMs })).rejects.toThrow(InvalidRequestError);
    await expect(submit([nameFor('a tenant', t0 - 31 * dayMs)])).rejects.toThrow(InvalidRequestError);
    expect(sent()).toEqual([]);
    await submit([old], { delaySeconds: 3 * 24 * 3600 });
    expect(sent()).toHaveLength(1);
  });
});
