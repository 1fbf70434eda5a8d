import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { fairKeyOf } from '../../../../../shared/author/fair-key.ts';
import { type ChildBatch, StepError } from '../../../../../shared/author/index.ts';
import { UnlistedContractError } from '../../../../../shared/domain/base/errors.ts';
import type { JobMessage } from '../../../../../shared/domain/state/job/message.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { anId, jobId } from '../../../../set-ups/samples.ts';
import { adding, aParent, contracts, debounced, three, unique } from '../../../../set-ups/spawning.ts';

const { counting, 'send-email': sendEmail } = contracts;

describe('a job that spawns children', () => {
  test('writes the plan, then the root, and sends a shard at a time', async () => {
    const { slice, calls, sent } = aParent();
    await slice().spawn('all', counting, { count: 250, payload: () => ({ seconds: 0 }) });
    expect(calls).toEqual([
      ...['1 batches', 'plan 0', 'root'],
      ...['send 100', 'plan 100', 'send 100', 'plan 200', 'send 50', 'plan 250'],
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(250);
    expect(sent[249]).toMatchObject({
      ...{ tenant: 'a tenant', type: 'counting', payload: { seconds: 0 }, run: 1, version: 2 },
      parent: { id: jobId, index: 249, shard: 2, depth: 1 },
    });
  });

  test('sends those in groups to the ordered queue, and tells all which groups their ancestors are in', async () => {
    const { slice, calls, sent } = aParent();
    const options = { maxAttempts: 1, group: 'of the parent' };
    const parent = { id: anId(7), batch: anId(8), index: 0, shard: 0, depth: 1, groups: ['above'] };
    const group = (index: number) => (index === 1 ? undefined : `group ${index}`);
    await slice({ options, parent }).spawn('some', counting, { ...three, group });
    await slice({ options, parent }).spawn('all', counting, { ...three, group: 'one' });
    expect(calls.filter((call) => call.startsWith('send'))).toEqual([
      ...['send 1', 'send 2 in groups'],
      ...['send 0', 'send 3 in groups'],
    ]);
    expect(sent.map((message) => [message.parent?.index, message.options.group])).toEqual([
      ...[[1, undefined] as const, [0, 'group 0'], [2, 'group 2']],
      ...[[0, 'one'] as const, [1, 'one'], [2, 'one']],
    ]);
    for (const child of sent) expect(child.parent).toMatchObject({ groups: ['above', 'of the parent'] });
  });

  test.each([
    [
      'of the parent',
      'child 0 of "all" cannot be in the group "of the parent": this job or an ancestor is in it',
    ],
    ['above', 'child 0 of "all" cannot be in the group "above": this job or an ancestor is in it'],
    ['', 'the group of child 0 of "all" must not be empty'],
    ['g'.repeat(129), 'the group of child 0 of "all" may have 128 characters at most'],
  ])('refuses a child in the group "%.20s"', async (group, message) => {
    const { slice, sent } = aParent();
    const options = { maxAttempts: 1, group: 'of the parent' };
    const parent = { id: anId(7), batch: anId(8), index: 0, shard: 0, depth: 1, groups: ['above'] };
    const spawning = slice({ options, parent }).spawn('all', counting, { ...three, group });
    await expect(spawning).rejects.toThrow(StepError);
    await expect(spawning).rejects.toThrow(message);
    expect(sent).toEqual([]);
  });

  test('gives each child its tags, of its payload: none twice, and none for no tags', async () => {
    const { slice, sent } = aParent();
    const tags = ({ seconds }: { seconds: number }, index: number) =>
      index === 2 ? [] : [`child ${index}`, `${seconds} seconds`, `child ${index}`];
    await slice().spawn('some', counting, { ...three, tags });
    expect(sent.map(({ options }) => options.tags)).toEqual([
      ['child 0', '0 seconds'],
      ['child 1', '1 seconds'],
      undefined,
    ]);
  });

  test('shows no secret to what makes the tags', async () => {
    const { slice, sent } = aParent();
    const list = [{ text: 'Your code is 1234', to: 'jane@example.com', subject: 'Your code' }];
    await slice().spawn('mails', sendEmail, { list, tags: ({ to, text }) => [to, text] });
    expect(sent.map(({ options }) => options.tags)).toEqual([['jane@example.com', '[secret]']]);
  });

  test.each([
    [['t'.repeat(65)], 'the tags of child 0 of "some": may have 64 characters at most'],
    [[''], 'the tags of child 0 of "some": must not be empty'],
    [['schedule:mine'], 'the tags of child 0 of "some": must not begin with schedule:'],
    [
      Array.from({ length: 11 }, (_, at) => `t${at}`),
      'the tags of child 0 of "some": may have 10 tags at most',
    ],
  ])('refuses a child with the tags %j', async (tags, message) => {
    const { slice, sent } = aParent();
    const spawning = slice().spawn('some', counting, { ...three, tags: () => tags });
    await expect(spawning).rejects.toThrow(StepError);
    await expect(spawning).rejects.toThrow(message);
    expect(sent).toEqual([]);
  });

  test('gives each child a chunk of the parts, from a list or a function', async () => {
    const { slice, sent } = aParent();
    const { spawn } = slice();
    const listed = await spawn('listed', adding, { list: [1, 2, 3, 4, 5], chunk: 2 });
    const made = await spawn('made', adding, { count: 4, payload: (index) => index, chunk: 2 });
    expect([listed.count, made.count]).toEqual([3, 2]);
    expect(sent.map(({ payload }) => payload)).toEqual([[1, 2], [3, 4], [5], [0, 1], [2, 3]]);
    // Each message says whom of the tenant the child is for.
    expect(sent.map(({ fairKey }) => fairKey)).toEqual(
      sent.map((child) => fairKeyOf(adding, { tenant: child.tenant, payload: child.payload })),
    );
    expect([sent[0]?.fairKey, sent[2]?.fairKey]).toEqual([expect.any(String), undefined]);
  });

  test.each([0, 1.5, Number.NaN])('refuses chunks of %s parts', async (chunk) => {
    const { slice } = aParent();
    await expect(slice().spawn('a', adding, { list: [1], chunk })).rejects.toThrow(/`chunk` of "a"/);
  });

  test('goes on from its cursor, and a child that is sent twice has one id', async () => {
    const { slice, sent, breakAfter, mend } = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }) };
    breakAfter(100);
    await expect(slice().spawn('all', counting, many)).rejects.toThrow('its worker is gone');
    mend();
    await slice().spawn('all', counting, many);
    expect(sent).toHaveLength(250);
    await slice().spawn('all', counting, many);
    expect(sent).toHaveLength(250);
  });

  test('passes no child that was not sent because the attempt has ended', async () => {
    const { slice, sent, calls, endAttemptAfter, mend } = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }) };
    endAttemptAfter(130);
    const spawning = slice()
      .spawn('all', counting, many)
      .then(() => 'goes on', String);
    // What an ended attempt has left waiting goes on no more.
    expect(await Promise.race([spawning, setImmediate('waits')])).toBe('waits');
    expect(sent).toHaveLength(130);
    expect(calls.at(-1)).toBe('send 100');
    mend();
    await slice().spawn('all', counting, many);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(250);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    [
      'another number under its key',
      '"all" was 3 children of the type "counting", and is 2 of "counting" now',
      async () => {
        const { slice } = aParent();
        await slice().spawn('all', counting, three);
        return slice().spawn('all', counting, { ...three, count: 2 } as typeof three);
      },
    ],
    [
      'another type under its key',
      '"all" was 3 children of the type "counting", and is 3 of "booking" now',
      async () => {
        const { slice } = aParent();
        await slice().spawn('all', counting, three);
        return slice().spawn('all', contracts.booking, {
          count: 3,
          payload: () => ({ seats: 0, waitSeconds: 0 }),
        });
      },
    ],
    [
      'another early condition under its key',
      '`any` or `tolerate` of "all" was another number before',
      async () => {
        const { slice } = aParent();
        await slice().spawn('all', counting, { ...three, tolerate: 1 });
        return slice().spawn('all', counting, { ...three, tolerate: 2 });
      },
    ],
    [
      'more that must succeed than there are',
      '`any` of "all" must be a whole number from 1 to 3',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { ...three, any: 4 }),
    ],
    [
      'a key twice in one slice',
      'the key "all" comes twice',
      async () => {
        const { spawn } = aParent().slice();
        await spawn('all', counting, three);
        return spawn('all', counting, three);
      },
    ],
    [
      'too many',
      '"all" can have 0 to 100000 children',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { ...three, count: 100_001 }),
    ],
    [
      'half a child',
      '"all" can have 0 to 100000 children',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { ...three, count: 1.5 }),
    ],
    [
      'children of the eighth children',
      'a job with 8 ancestors spawns no children',
      () =>
        aParent()
          .slice({ parent: { id: anId(2), batch: anId(3), index: 0, shard: 0, depth: 8 } })
          .spawn('all', counting, three),
    ],
    [
      'a type of this project alone',
      '"bulk-action" is no type of this project',
      () =>
        aParent()
          .slice()
          .spawn('all', contracts['bulk-action'], { list: [{} as never] }),
    ],
    [
      'a unique type, whose jobs may be those of others',
      'jobs of the type "unique" are unique, and may be those of others: submit them, as children are no one else\'s',
      () => aParent().slice().spawn('all', unique, three),
    ],
    [
      'a debounced type, too',
      'jobs of the type "debounced" are debounced, and may be those of others: submit them, as children are no one else\'s',
      () => aParent().slice().spawn('all', debounced, three),
    ],
    [
      'a payload that does not fit',
      'the payload of child 1 of "all" does not fit its contract, at /seconds',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { list: [{ seconds: 1 }, { seconds: -1 }] }),
    ],
  ])('is told of %s', async (_what, message, spawning) => {
    await expect(spawning()).rejects.toThrow(new StepError(message));
  });

  test('fails no child of a contract that is in no catalog of this build: the parent comes again', async () => {
    const spawning = aParent()
      .slice()
      .spawn('all', { ...counting }, three);
    await expect(spawning).rejects.toThrow(UnlistedContractError);
    await expect(spawning).rejects.toThrow('add a line to job-types/contracts.ts');
  });
});

describe('a job that is to look for lost children', () => {
  const minuteMs = 60_000;
  async function looksFor(end: (parent: ReturnType<typeof aParent>, now: number) => void, isWanted = true) {
    const parent = aParent();
    await parent.slice().spawn('all', counting, three);
    const now = new FixedClock().now();
    if (isWanted) parent.wasLookedAt(now - 30 * minuteMs);
    end(parent, now);
    const before = parent.sent.length;
    const batch = await parent.slice().spawn('all', counting, three);
    await expect(batch.settled()).rejects.toThrow('the slice ends');
    return parent.sent.slice(before).map(({ parent: { index } = { index: -1 } }) => index);
  }

  test('sends those that have no item again, and none if nobody has asked for a look', async () => {
    expect(await looksFor(() => {})).toEqual([0, 1, 2]);
    expect(await looksFor(() => {}, false)).toEqual([]);
  });

  test('sends those again that nobody has written for minutes, and that no worker has', async () => {
    const sent = await looksFor(({ end }, now) => {
      end(0, { status: 'queued', updatedAt: now - 5 * minuteMs });
      end(1, { status: 'queued', updatedAt: now - minuteMs });
      end(2, { status: 'running', leaseUntil: now - 30_000, updatedAt: now - 5 * minuteMs });
    });
    expect(sent).toEqual([0]);
  });

  test('looks shard by shard, goes on in its next slice, and begins the next look at its first shard', async () => {
    const { slice, sent, batches, wasLookedAt, endSlicesWhen } = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }) };
    await slice().spawn('all', counting, many);
    const aDayAgo = new FixedClock().now() - 24 * 3600_000;
    wasLookedAt(aDayAgo);
    const sentInSlice = async () => {
      let asked = 0;
      endSlicesWhen(() => {
        asked += 1;
        return asked === 2;
      });
      const before = sent.length;
      const batch = await slice().spawn('all', counting, many);
      await expect(batch.settled()).rejects.toThrow('the slice ends');
      const lookedAt = [...batches.roots.values()].map((root) => root.lookedAt);
      return [sent.length - before, sent[before]?.parent?.index, ...lookedAt];
    };
    const now = new FixedClock().now();
    expect(await sentInSlice()).toEqual([100, 0, aDayAgo]);
    expect(await sentInSlice()).toEqual([100, 100, aDayAgo]);
    expect(await sentInSlice()).toEqual([50, 200, now]);
    expect(await sentInSlice()).toEqual([0, undefined, now]);
    wasLookedAt(aDayAgo - 1);
    expect(await sentInSlice()).toEqual([100, 0, aDayAgo - 1]);
  });
});

describe('the ends of children', () => {
  async function ended(ends: (end: ReturnType<typeof aParent>['end']) => void) {
    const parent = aParent();
    await parent.slice().spawn('all', counting, three);
    await parent.allHaveEnded();
    ends(parent.end);
    return parent.slice().spawn('all', counting, three);
  }
  const read = async (batch: ChildBatch<typeof counting>) => {
    const all: unknown[] = [];
    for await (const { id: _, ...child } of batch.results()) all.push(child);
    return all;
  };

  test('are read in the order of their indexes', async () => {
    const batch = await ended((end) => {
      end(2, { status: 'canceled', error: undefined });
      end(0, { status: 'succeeded', result: '{"seconds":0}' });
      end(1, { error: { name: 'NoPageError', message: 'no page' } });
    });
    expect(await read(batch)).toEqual([
      { index: 0, status: 'succeeded', result: { seconds: 0 } },
      { index: 1, status: 'failed', error: { name: 'NoPageError', message: 'no page' } },
      {
        index: 2,
        status: 'canceled',
        error: { name: 'JobCanceledError', message: 'The child was canceled.' },
      },
    ]);
  });

  test('are those of the children that have ended, if that was decided early', async () => {
    const parent = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }), tolerate: 1 };
    await parent.slice().spawn('all', counting, many);
    await parent.endSome([7, 110, 201], [7, 201]);
    for (const index of [7, 110, 201])
      parent.end(index, index === 110 ? { status: 'succeeded', result: '1' } : {});
    const batch = await parent.slice().spawn('all', counting, many);
    expect(await batch.settled()).toEqual({ succeeded: 1, unsuccessful: 2, isEarly: true });
    expect(await read(batch)).toMatchObject([
      { index: 7, status: 'failed' },
      { index: 110, status: 'succeeded' },
      { index: 201, status: 'failed' },
    ]);
    await expect(batch.succeeded()).rejects.toThrow('2 of 250 children of "all" have not succeeded: 7: ');
  });

  test('are those of the children that any was met by, although others have succeeded since', async () => {
    const parent = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }), any: 2 };
    await parent.slice().spawn('all', counting, many);
    await parent.endSome([9, 110, 201], [201]);
    for (const index of [8, 9, 110]) parent.end(index, { status: 'succeeded', result: '1' });
    await (await parent.slice().spawn('all', counting, many)).settled();
    await parent.endSome([8], []);
    const batch = await parent.slice().spawn('all', counting, many);
    expect(await batch.settled()).toEqual({ succeeded: 2, unsuccessful: 1, isEarly: true });
    await batch.succeeded();
    expect(await read(batch)).toMatchObject([{ index: 9 }, { index: 110 }]);
  });

  test('of which one is not kept any longer are an error with its index', async () => {
    const batch = await ended((end) => void end(0, { status: 'succeeded', result: '{"seconds":0}' }));
    await expect(read(batch)).rejects.toThrow('child 1 of "all" has ended, and is not kept any longer');
  });

  describe('what its descendants may be', () => {
    test('children that spawn no jobs take a place each, and have no allowance', async () => {
      const { slice, sent, batches } = aParent(3);
      await slice().spawn('pages', counting, { count: 3, payload: () => ({ seconds: 1 }) });
      expect([...batches.roots.values()].map(({ allowance }) => allowance)).toEqual([undefined]);
      expect(sent[0]?.parent).not.toHaveProperty('allowance');
    });

    test('more than that are refused, with the number and its parameter, and nothing is stored', async () => {
      const { slice, calls } = aParent(3);
      const job = slice();
      await job.spawn('a', counting, { count: 2, payload: () => ({ seconds: 1 }) });
      calls.length = 0;
      const more = job.spawn('b', counting, { count: 2, payload: () => ({ seconds: 1 }) });
      await expect(more).rejects.toThrow(StepError);
      await expect(more).rejects.toThrow(
        /may spawn 1 more: .* 3 at most \(the stage parameter spawnAllowance\)/,
      );
      expect(calls).toEqual([]);
    });

    test('children that spawn jobs get a part of half of it, the same in every slice', async () => {
      const { slice, sent, breakAfter, mend } = aParent(100);
      breakAfter(0);
      const spawn = (message: Partial<JobMessage> = {}) =>
        slice(message).spawn('a', contracts['contact-sheet'], {
          count: 10,
          payload: () => ({ count: 1, type: 'counting' as const, failing: [] }),
        });
      await expect(spawn()).rejects.toThrow('gone');
      mend();
      await spawn();
      expect(sent.map(({ parent }) => parent?.allowance)).toEqual(Array(10).fill(4));
    });

    test('a child has what it was handed down', async () => {
      const { slice } = aParent();
      const parent = { id: jobId, batch: anId(3), index: 0, shard: 0, depth: 1, allowance: 4 };
      const many = slice({ parent }).spawn('a', counting, { count: 5, payload: () => ({ seconds: 1 }) });
      await expect(many).rejects.toThrow('may spawn 4 more');
    });
  });
});
