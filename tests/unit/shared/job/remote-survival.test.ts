import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { remoteStandIn } from '../../../../testkit/remote-stand-in.ts';
import { JobTestError } from '../../../../testkit/report.ts';
import * as bugs from './remote-bugs.ts';
import { contract, measure, payload, resultOf } from './remote-sample.ts';

const outside = remoteStandIn({ resultOf });

describe('a remote job that is cut', () => {
  it('starts one remote job, wherever it is cut, and cancels it when the job is canceled', async () => {
    const { cuts } = await cutEverywhere({ contract, handlerWith: measure }, payload, { outside });
    expect(cuts).toBeGreaterThan(200);
  });

  it.each([5, 59])('does so if the list of the service is late by %d s', async (listingLagSeconds) => {
    const late = remoteStandIn({ resultOf, listingLagSeconds });
    await cutEverywhere({ contract, handlerWith: measure }, payload, { outside: late, maxCuts: 100 });
  });

  it('does so if the service knows no tokens at all', async () => {
    const forgetful = remoteStandIn({ resultOf, tokenSeconds: 0 });
    await cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: forgetful,
      maxCuts: 100,
    });
  });

  it('fails in the same way if the remote job fails', async () => {
    const failing = remoteStandIn({ resultOf, failsWith: 'the input has no video' });
    await cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: failing,
      endsAs: 'failed',
      maxCuts: 100,
    });
  });

  it('is found to start twice if the list is later than the job was told', async () => {
    const later = remoteStandIn({ resultOf, listingLagSeconds: 200 });
    const cut = cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: later,
      maxCuts: 60,
    });
    await expect(cut).rejects.toMatchObject({ kinds: expect.arrayContaining(['wrong outside']) });
  });
});

describe('a remote job with a planted bug', () => {
  it.each(Object.entries(bugs))('is found: %s', async (_, handlerWith) => {
    const error = await cutEverywhere({ contract, handlerWith }, payload, { outside, maxCuts: 90 }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error instanceof JobTestError && error.kinds).toContain('wrong outside');
  });
});
