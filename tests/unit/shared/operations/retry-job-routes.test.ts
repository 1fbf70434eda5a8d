import { describe, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import { retrying } from '../../../fakes/retrying.ts';
import { aFailedItem, aMessage, anId, dayMs, t0 } from '../../../fakes/samples.ts';

type Options = Partial<JobMessage['options']>;

describe("the user's retry of a job", () => {
  test.each<[string, Options, string, number]>([
    ['of a group goes to the end of it', { group: 'a group' }, 'ordered', 0],
    ['with dependencies goes to the gate', { dependsOn: [anId(1)] }, 'waiting', 0],
    ['with dependencies and a time, too', { dependsOn: [anId(1)], runAt: t0 + dayMs }, 'waiting', 0],
    ['whose time is a day ahead goes to the gate', { runAt: t0 + dayMs }, 'waiting', 900],
    ['whose time is near is delayed until then', { runAt: t0 + 60_000 }, 'long', 60],
    ['whose time is past runs at once', { runAt: t0 - 1 }, 'long', 0],
  ])('%s', async (_what, asked, queue, delaySeconds) => {
    const options = { maxAttempts: 3, ...asked };
    const saved = aMessage({ options });
    const { retry, sent } = retrying(aFailedItem({ ...options, message: writeMessage(saved) }));
    expect(await retry()).toMatchObject({ status: 'queued', run: 2, ...asked });
    expect(sent()).toEqual([{ queue, message: { ...saved, run: 2 }, delaySeconds }]);
  });
});
