import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/job/contract.ts';
import type { JobHandler } from '../../../../shared/job/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import type { FindingKind } from '../../../../testkit/findings.ts';
import type { JobTestError } from '../../../../testkit/report.ts';
import { addUp as contract, payload } from '../sample-contract.ts';

type Handler = JobHandler<typeof contract>;
const loose = defineJob({ ...contract, queue: 'long', result: z.unknown() });

const kindsOf = (test: Promise<unknown>): Promise<readonly FindingKind[]> =>
  test.then(
    () => [],
    (error: JobTestError) => error.kinds,
  );
const kindsIn = (handler: Handler) => kindsOf(cutEverywhere({ contract, handler }, payload));

describe('what a handler reads outside its context', () => {
  it.each<[FindingKind, string, () => unknown]>([
    ['time read', 'new Date()', () => new Date()],
    ['time read', 'Date()', () => Date()],
    ['time read', 'performance.now()', () => performance.now()],
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
