import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import type { JobHandler } from '../../../../shared/author/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import type { FindingKind } from '../../../../testkit/findings.ts';
import {
  type Call,
  type Cut,
  cutKinds,
  cutsOf,
  cutsOfCancel,
  readCut,
  writeCut,
} from '../../../../testkit/play/cut.ts';
import { letTimePass } from '../../../../testkit/play/let-time-pass.ts';
import { VirtualTime } from '../../../../testkit/play/virtual-time.ts';
import type { JobTestError } from '../../../../testkit/report.ts';
import { addUp as contract, payload } from '../sample-contract.ts';

const calls: readonly Call[] = [
  { number: 1, what: 'checkpoint', name: 'checkpoint' },
  { number: 2, what: 'effect', name: 'send' },
  { number: 3, what: 'pause', name: 'pause' },
  { number: 4, what: 'sleep', name: 'sleep' },
];
const kindsAt = (number: number, cuts = cutsOf(calls, 'quick', contract)) =>
  cuts.filter(({ at }) => at === number).map(({ kind }) => kind);

describe('a cut', () => {
  it.each(cutKinds)('can be written as a word, and read again: %s', (kind) => {
    for (const pace of ['quick', 'slow'] as const) {
      const cut = { kind, at: 12, pace };
      expect(readCut(writeCut(cut))).toEqual(cut);
    }
  });

  it.each([
    '',
    'crash-after',
    'crash-after@0',
    'crash-after@x',
    'crash@1',
    'retry@1,fast',
    'cancel@2+crash@5',
  ])('is refused if it has another form: "%s"', (word) => {
    expect(() => readCut(word)).toThrow('is no cut');
  });
});

describe('the cuts of a run', () => {
  it('are every kind at every call, where it makes a difference', () => {
    // It has neither a cancel nor a wait for an answer, and no children.
    const known = cutKinds.filter((kind) => !/^cancel-|^early-|^child|^crash-amid/.test(kind));
    const without = (...kinds: readonly string[]) => known.filter((kind) => !kinds.includes(kind));
    expect(kindsAt(1)).toEqual(without('refused'));
    expect(kindsAt(2)).toEqual(known);
    expect(kindsAt(3)).toEqual(without('refused', 'lost-answer'));
    expect(kindsAt(4)).toEqual(without('refused', 'lost-answer'));
  });

  it('have a cancel of a dead worker and of a sleeping job, if the handler has a cancel', () => {
    const cuts = cutsOf(calls, 'quick', { ...contract, hasCancel: true });
    expect(kindsAt(2, cuts)).toContain('cancel-crashed');
    expect(kindsAt(2, cuts)).not.toContain('cancel-asleep');
    expect(kindsAt(4, cuts)).toContain('cancel-asleep');
  });

  it('go on with each call that the cancel makes', () => {
    const cut: Cut = { kind: 'cancel', at: 2, pace: 'quick' };
    const made: readonly Call[] = [...calls, { number: 5, what: 'effect', name: 'end', inCancel: true }];
    const words = cutsOfCancel(cut, made).map(writeCut);
    expect(words).toEqual([
      'cancel@2+crash-before@5',
      'cancel@2+crash-after@5',
      'cancel@2+refused@5',
      'cancel@2+lost-answer@5',
    ]);
    expect(words.map((word) => writeCut(readCut(word)))).toEqual(words);
  });

  it('have no hand-over without a checkpoint, and no retry of a reserved type', () => {
    const { checkpoint: _, ...short } = contract;
    expect(kindsAt(1, cutsOf(calls, 'quick', short))).not.toContain('hand-over');
    const reserved = { ...contract, reserved: 'another call' };
    expect(kindsAt(1, cutsOf(calls, 'quick', reserved))).not.toContain('retry');
  });
});

type Handler = JobHandler<typeof contract>;
const loose = defineJob({ ...contract, queue: 'long', result: z.unknown() });

const kindsOf = (test: Promise<unknown>): Promise<readonly FindingKind[]> =>
  test.then(
    () => [],
    (error: JobTestError) => error.kinds,
  );
const kindsIn = (handler: Handler) => kindsOf(cutEverywhere({ contract, handler }, payload));

describe('real work', () => {
  const maxIdleMs = 50;
  /** @param countCalls which the work has made after so many turns of the event loop */
  const passing = (countCalls: (turns: number) => number, isAtRest = () => false) => {
    let turns = 0;
    const onTurn = () => {
      turns += 1;
    };
    const passed = {
      time: new VirtualTime(),
      isAtRest,
      isBusy: () => true,
      countCalls: () => countCalls(turns),
      onTurn,
    };
    return letTimePass(passed, maxIdleMs);
  };

  it('may take as long as it likes while it makes calls', async () => {
    const startedAt = performance.now();
    const ms = () => performance.now() - startedAt;
    await passing(
      () => Math.floor(ms()),
      () => ms() > 4 * maxIdleMs,
    );
  });

  it('is given up if it makes no call for too long', async () => {
    await expect(passing(() => 0)).rejects.toThrow('no call for 0.05 s');
  });

  it('is given up if it makes calls without an end', async () => {
    await expect(passing((turns) => turns * 50_000)).rejects.toThrow('and no virtual time passes');
  });
});

describe('what a handler reads outside its context', () => {
  it.each<[FindingKind, string, () => unknown]>([
    ['randomness read', 'Math.random()', () => Math.random()],
    ['randomness read', 'crypto.randomUUID()', () => crypto.randomUUID()],
    ['timer outside the context', 'setTimeout()', () => clearTimeout(setTimeout(() => {}, 1))],
    ['timer outside the context', 'setInterval()', () => clearInterval(setInterval(() => {}, 1))],
  ])('%s: %s', async (kind, _what, read) => {
    const handler: Handler = async ({ numbers }, job) => {
      read();
      await job.pause(1);
      return { total: numbers.length };
    };
    expect(await kindsIn(handler)).toEqual([kind]);
    expect(await kindsOf(cutEverywhere({ contract, handler }, payload, { allow: [kind] }))).toEqual([]);
  });

  const times: readonly (readonly [string, () => unknown])[] = [
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date().toISOString()],
    ['Date()', () => Date()],
    ['performance.now()', () => performance.now()],
    ['the year', () => new Date().getFullYear()],
    ['the weekday', () => new Date().getDay()],
    ['whether it is odd', () => Date.now() % 2],
    ['how long it took', () => Date.now() - Date.now()],
  ];
  const timedHandler =
    (read: () => unknown): JobHandler<typeof loose> =>
    async (_payload, job) => {
      const value = read();
      await job.pause(1);
      return value;
    };

  it.each(times)('is found if it is a time that reaches the result: %s', async (_name, read) => {
    const type = { contract: loose, handler: timedHandler(read) };
    expect(await kindsOf(cutEverywhere(type, payload))).toEqual(['time read']);
    const options = { allow: ['time read'], sameResult: () => true } as const;
    expect(await kindsOf(cutEverywhere(type, payload, options))).toEqual([]);
  });

  it.each(times)('does not concern a time that reaches the log only: %s', async (_name, read) => {
    const handler: Handler = async ({ numbers }, job) => {
      job.log.info('begun', { at: read() });
      await job.pause(1);
      job.progress(50, `until ${read()}`);
      return { total: numbers.length };
    };
    expect(await kindsIn(handler)).toEqual([]);
  });

  it('is a time that goes on, so that a handler may wait for it', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      for (const end = Date.now() + 300_000; Date.now() < end; ) await job.pause(60);
      for (const end = Date.now() + 50; Date.now() < end; );
      return { total: numbers.length };
    };
    expect(await kindsIn(handler)).toEqual([]);
  });

  it('does not concern a time that it was given, nor anybody else', async () => {
    const reading = setInterval(() => Date.now() + Math.random(), 0);
    const before = Date.now;
    const handler: Handler = async ({ numbers }, job) => {
      await job.pause(1);
      return { total: numbers.length + (new Date(job.submittedAt) instanceof Date ? 1 : 0) };
    };
    expect(await kindsIn(handler)).toEqual([]);
    clearInterval(reading);
    expect(Date.now).toBe(before);
  });

  it('is found by its results where it cannot be seen', async () => {
    const handler: JobHandler<typeof loose> = async () => randomUUID();
    expect(await kindsOf(cutEverywhere({ contract: loose, handler }, payload))).toEqual([
      'module state or randomness',
    ]);
  });
});
