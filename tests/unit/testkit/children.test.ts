import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobContext } from '../../../shared/author/handler.ts';
import { childHandler, childResult, isCopyOf } from '../../../testkit/children.ts';
import { type CutOptions, cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, type Effects, once } from '../../../testkit/effects.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import { writeCut } from '../../../testkit/play/cut.ts';
import { cutsOfChildren } from '../../../testkit/play/cut-children.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { runJob } from '../../../testkit/run-job.ts';
import * as jobs from './parent-jobs.ts';

const { book: contract, page } = jobs;
const payload = { pages: 3 };
const children = { page: childResult(page, ({ number }) => ({ words: number * 10 })) };
const running = {
  page: childHandler(page, jobs.readPage),
  chapter: childHandler(jobs.chapter, jobs.readChapter),
};

describe('runJob', () => {
  it('runs children whose results the test says', async () => {
    const indexes = new Set<number>();
    const said = childResult(page, ({ number }, index) => {
      indexes.add(index);
      return { words: number };
    });
    const run = await runJob({ contract, handler: jobs.readBook }, payload, { children: { page: said } });
    expect(run).toMatchObject({ status: 'succeeded', result: { words: 6, failed: [] }, findings: [] });
    expect([...indexes]).toEqual([0, 1, 2]);
    expect(run.children.map((child) => child.payload)).toEqual([1, 2, 3].map((number) => ({ number })));
    expect(run.children.map(({ key, type, status }) => `${key} ${type} ${status}`)).toEqual(
      Array.from({ length: 3 }, () => 'pages page succeeded'),
    );
  });

  it('runs children of a group one after the other, in their order', async () => {
    const notes: string[] = [];
    const run = await runJob({ contract, handler: jobs.readInGroups }, payload, {
      children: {
        page: childHandler(page, async ({ number }, job) => {
          notes.push(`${number} begins`);
          await job.pause(5);
          notes.push(`${number} ends`);
          return { words: number };
        }),
      },
    });
    expect(run).toMatchObject({ status: 'succeeded', result: { words: 6, failed: [] }, findings: [] });
    const ofGroup = notes.filter((note) => !note.startsWith('2'));
    expect(ofGroup).toEqual(['1 begins', '1 ends', '3 begins', '3 ends']);
    expect(notes.indexOf('2 begins')).toBeLessThan(notes.indexOf('1 ends'));
  });

  it('gives a child what its contract has a default for', async () => {
    const common = { timeoutSeconds: 30, maxAttempts: 3 };
    const print = defineJob({
      payload: z.strictObject({ page: z.int(), copies: z._default(z.int(), 2) }),
      result: z.int(),
      ...common,
    });
    const type = {
      contract: defineJob({ payload: z.int(), result: z.array(z.int()), hasSteps: true, ...common }),
      handler: async (page: number, job: JobContext) => {
        const batch = await job.spawn('both', print, { list: [{ page }, { page, copies: 5 }] });
        await batch.succeeded();
        return [await job.call('one', print, { page }), batch.count];
      },
    };
    const copied = { print: childResult(print, ({ copies }) => copies) };
    const run = await runJob(type, 1, { children: copied });
    expect(run).toMatchObject({ status: 'succeeded', result: [2, 2], findings: [] });
    expect(run.children.map((child) => child.payload)).toEqual([
      { page: 1 },
      { page: 1, copies: 5 },
      { page: 1 },
    ]);
  });

  it('fails a child at once whose result the test throws, by that name', async () => {
    class BlotError extends Error {
      override name = 'BlotError';
    }
    const said = childResult(page, ({ number }) => {
      if (number === 2) throw new BlotError('a blot');
      return { words: number };
    });
    const options = { children: { page: said } };
    const run = await runJob({ contract, handler: jobs.readBook }, payload, options);
    expect(run.result).toEqual({ words: 4, failed: ['1: BlotError: a blot'] });
    expect(run.children.map(({ status, attempts }) => [status, attempts])).toEqual([
      ['succeeded', 1],
      ['failed', 1],
      ['succeeded', 1],
    ]);
  });

  it('runs children with their own handler: they pause, are tried again, and have children of their own', async () => {
    const run = await runJob({ contract, handler: jobs.readChapters }, payload, { children: running });
    expect(run).toMatchObject({ status: 'succeeded', result: { words: 6 }, findings: [] });
    expect(run.children.map(({ type, status }) => [type, status])).toEqual(
      Array.from({ length: 3 }, () => ['chapter', 'succeeded']),
    );
    expect(run.seconds).toBeGreaterThan(1);
  });

  it('gives the outputs of children that run, and none of those whose results the test says', async () => {
    const job = { contract, handler: jobs.readTexts };
    const writing = { page: childHandler(page, jobs.writePage) };
    const run = await runJob(job, payload, { children: writing });
    expect(run).toMatchObject({ result: { failed: ['page 1', 'page 2', 'page 3'] }, findings: [] });
    expect((await runJob(job, payload, { children })).result?.failed).toEqual(['none', 'none', 'none']);
    await cutEverywhere(job, { pages: 2 }, { children: writing });
  });

  it('hands the output of a child to another one by its name', async () => {
    const job = { contract, handler: jobs.proofPage };
    const proofs = {
      page: childHandler(page, jobs.writePage),
      proof: childHandler(jobs.proof, jobs.proofRead),
    };
    expect(await runJob(job, payload, { children: proofs })).toMatchObject({
      result: { words: 1, failed: ['page 1'] },
      findings: [],
    });
    await cutEverywhere(job, payload, { children: proofs });
  });

  it('runs hundreds of children', async () => {
    const run = await runJob({ contract, handler: jobs.readBook }, { pages: 500 }, { children });
    expect(run.result).toEqual({ words: 1_252_500, failed: [] });
  });

  it('says which option is missing', async () => {
    const run = runJob({ contract, handler: jobs.readBook }, payload);
    await expect(run).rejects.toThrow('name it in the option children');
  });
});

type Right = readonly [string, Parameters<typeof jobs.handlerOf>[0], CutOptions<Effects>?];

const right: readonly Right[] = [
  ['which names those that failed', jobs.readBook],
  ['with children of children', jobs.readChapters, { children: running }],
  ['which needs all of them', jobs.needsAll],
  ['of which some cannot succeed', jobs.readBook, { children: { page: childResult(page, jobs.unreadable) } }],
  ['with a child for each of a list, after a step', jobs.ofList],
  ['with two batches side by side', jobs.sideBySide],
  ['with one batch after the other, and a pause between', jobs.oneByOne],
  ['with a single child', jobs.callsOne],
  ['with none', jobs.readNone],
  ['with children that may be left', jobs.leavesThem],
];

describe('a job with children that is right', () => {
  it.each(right)('survives every cut: %s', async (_, handler, options = {}) => {
    const report = await cutEverywhere({ contract, handler }, payload, { children, ...options });
    expect(report.cuts).toBeGreaterThan(8);
  });

  it('survives every cut: with a cancel', async () => {
    const { cuts } = await cutEverywhere(jobs.withOwnCancel, payload, { children });
    expect(cuts).toBeGreaterThan(50);
  });

  it('does not send twice what it sends of their results', async () => {
    const effects = () => {
      const sent = new Set<number>();
      return {
        find: anyNumber(async (words: number) => sent.has(words)),
        send: once(async (words: number, _signal: AbortSignal) => void sent.add(words)),
      };
    };
    const type = { contract, handlerWith: jobs.sendsWords };
    await cutEverywhere(type, payload, { children, effects });
  });

  it('is played with fresh modules in each process, too', async () => {
    const { freshRuns } = await cutEverywhere({ contract, handler: jobs.needsAll }, payload, { children });
    expect(freshRuns).toBeGreaterThan(5);
  });
});

const planted: readonly (readonly [FindingKind, string, Parameters<typeof jobs.handlerOf>[0]])[] = [
  ['payload of a child changes', 'a time', jobs.timeInPayload],
  ['payload of a child changes', 'a UUID', jobs.uuidInPayload],
  ['payload of a child changes', 'the attempt', jobs.attemptInPayload],
  ['children change', 'another count', jobs.countChanges],
  ['other children', 'a branch by the attempt', jobs.branchByAttempt],
  ['children not waited for', 'no wait', jobs.forgetsToWait],
  ['forgotten await', 'no await of the wait', jobs.forgetsAwait],
  ['attempts in vain', 'an error of its own', jobs.throwsForFailed],
];

describe('a job with children that has a planted bug', () => {
  it.each(planted)('is found: %s by %s', async (kind, _, handler) => {
    const error = await cutEverywhere({ contract, handler }, payload, { children }).then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    expect(error?.kinds).toEqual([kind]);
  });

  it.each<[string, ReturnType<typeof jobs.sending>, FindingKind[]]>([
    ['that is cut by its wait', jobs.sendsBesideWait, ['work cut by a wait']],
    ['that begins beside its wait', jobs.sendsDuringWait, ['work cut by a wait']],
    ['in a step beside its wait', jobs.sendsInStep, []],
  ])('is found if it has work %s, and not otherwise', async (_, handlerWith, kinds) => {
    const effects = () => ({ send: anyNumber(async (_words: number) => undefined) });
    const run = await runJob({ contract, handlerWith }, payload, { children: running, effects });
    expect(run.findings.map(({ kind }) => kind)).toEqual(kinds);
    expect(run.result?.words).toBe(6);
  });

  it('is found if it makes a link for its child outside of a step: each attempt would make another one', async () => {
    const kindsOf = (handler: typeof jobs.linkInStep) =>
      cutEverywhere({ contract: jobs.asking, handler }, payload, { children }).then(
        () => [],
        (thrown: JobTestError) => thrown.kinds,
      );
    expect(await kindsOf(jobs.linkOutsideOfStep)).toEqual(['payload of a child changes']);
    expect(await kindsOf(jobs.linkInStep)).toEqual([]);
  });

  it('is found by what its runs come to, if a branch depends on the time', async () => {
    const test = cutEverywhere({ contract, handler: jobs.branchByTime }, payload, { children });
    await expect(test).rejects.toThrow('children missing: ');
  });

  it('is found by runJob, too, if a payload changes', async () => {
    const { findings } = await runJob({ contract, handler: jobs.uuidInPayload }, payload, { children });
    expect(findings.map(({ kind }) => kind)).toEqual(['payload of a child changes']);
    expect(findings[0]?.detail).toMatch(/^child 0 of "pages" had \[.*\], and has \[/);
  });

  it('is said of the child that it happens with, with a cut to replay it', async () => {
    const test = cutEverywhere({ contract, handler: jobs.throwsForFailed }, payload, { children });
    await expect(test).rejects.toThrow(
      'attempts in vain: 3 attempts, the last with Error: page 2 has failed, when no attempt succeeds of child 2. Replay: CUT=child-fails@2',
    );
  });
});

describe('a contract', () => {
  const limited = (key: (payload: { number: number }) => string) =>
    defineJob({ ...page, limits: [{ key, running: 3 }] });
  const byNumber = () => limited(({ number }) => `page ${number}`);

  it('is a copy of another one if its functions have the same texts', () => {
    expect(isCopyOf(byNumber(), byNumber())).toBe(true);
  });

  it('is none if a function is another one, or is missing', () => {
    expect(
      isCopyOf(
        byNumber(),
        limited(({ number }) => `book ${number}`),
      ),
    ).toBe(false);
    expect(isCopyOf(byNumber(), page)).toBe(false);
  });
});

describe('a cut', () => {
  const traceOf = async (cut: string, handler = jobs.readBook) => {
    const run = await runJob({ contract, handler }, payload, { children, cut });
    const at = (words: RegExp) => run.trace.flatMap((line, index) => (words.test(line) ? [index] : []));
    return { ...run, at };
  };

  it('crash-amid kills the worker when it has sent one child', async () => {
    const { at, result } = await traceOf('crash-amid@1');
    const [next = 0] = at(/attempt 2 starts/);
    expect(at(/child . of type page starts/).filter((line) => line < next)).toHaveLength(1);
    expect(result).toEqual({ words: 60, failed: [] });
  });

  it('children-first lets all children end before the job waits', async () => {
    const { at, slices } = await traceOf('children-first@1');
    expect(Math.max(...at(/child . returns/))).toBeLessThan(at(/settled/)[0] ?? 0);
    expect(slices).toBe(0);
  });

  it('child-uncounted kills the worker of a child that has ended, and the job waits for its next delivery', async () => {
    const { at, seconds, result } = await traceOf('child-uncounted@2');
    expect(at(/<<< child-uncounted/)).toHaveLength(1);
    expect([seconds > 300, result]).toEqual([true, { words: 60, failed: [] }]);
  });

  it('child-counted kills it after that, and the job does not have to wait', async () => {
    const { at, result } = await traceOf('child-counted@2');
    expect(at(/<<< child-counted/)).toHaveLength(1);
    expect(result).toEqual({ words: 60, failed: [] });
  });

  it('child-canceled ends it as canceled', async () => {
    const run = await traceOf('child-canceled@3');
    expect(run.children.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'canceled']);
    expect(run.result?.failed).toEqual(['2: JobCanceledError: The child was canceled.']);
  });

  it('child-retried lets it fail, and succeed when the user has retried the job', async () => {
    const run = await traceOf('child-retried@1', jobs.needsAll);
    expect(run.at(/the user retries the job/)).toHaveLength(1);
    expect(run.result).toEqual({ words: 60, failed: [] });
    expect(run.children.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });

  it('child-twice sends its message twice, and it runs once', async () => {
    const { at, result } = await traceOf('child-twice@2');
    expect(at(/child 1 of type page starts/)).toHaveLength(1);
    expect(result).toEqual({ words: 60, failed: [] });
  });
});

describe('the cuts of children', () => {
  const words = (count: number) => cutsOfChildren(count).map(writeCut);

  it('are those of each of a few children', () => {
    expect(words(0)).toEqual([]);
    expect(words(1)).toEqual([
      'child-twice@1',
      'child-uncounted@1',
      'child-counted@1',
      'child-retried@1',
      'child-fails@1',
      'child-canceled@1',
    ]);
    expect(words(2).filter((word) => word.endsWith('@2'))).toHaveLength(6);
  });

  it('are those of six of a thousand children, with the first and the last', () => {
    const failing = words(1_000).filter((word) => word.startsWith('child-fails'));
    expect(failing).toEqual([1, 201, 401, 600, 800, 1000].map((at) => `child-fails@${at}`));
    expect(words(1_000)).toHaveLength(20);
  });
});

it('a parent that spawns what a step has looked up is right, whichever of its children fails', async () => {
  const effects = () => {
    let lists = 0;
    const list = async () => {
      lists += 1;
      return [lists, lists + 10];
    };
    return { list: anyNumber(list) };
  };
  await cutEverywhere({ contract, handlerWith: jobs.readList }, payload, { children, effects });
});
