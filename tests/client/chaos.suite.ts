import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from '../../client/src/create-client.ts';
import type { HttpSystem } from '../integration/http-system.ts';
import { contracts } from '../job-types/contracts.ts';
import { type ChaosProxy, faultNames, startChaosProxy } from './chaos-proxy.ts';

/** `npm run test:long` has 500. */
const jobs = Number(process.env.CHAOS_JOBS ?? 100);
const seed = 18;
const clients = 16;

export const chaosSuite = (system: () => HttpSystem): void =>
  describe('when calls and answers are lost, late, cut, and refused at random', () => {
    let proxy: ChaosProxy;
    beforeAll(async () => {
      proxy = await startChaosProxy(system().address, seed);
    });
    afterAll(() => proxy?.stop());

    test(`${jobs} submissions are exactly ${jobs} jobs, and each is awaited to its result`, async () => {
      const key = await system().keyOf('chaos');
      // With two of five calls disturbed, eight tries would fail now and then.
      const client = createClient({ url: proxy.address, key, contracts, retries: { tries: 40 } });
      system().written.clear();
      const sums = new Map<string, unknown>();
      const submitNext = async (numbers: Iterator<number>): Promise<void> => {
        for (let next = numbers.next(); !next.done; next = numbers.next()) {
          const csv = `a,b\nx,${next.value}\n`;
          const metrics = [{ column: 'b', op: 'sum' as const }];
          const job = await client.submit('csv-sums', { csv, groupBy: 'a', metrics }, { tags: ['chaos'] });
          const { id, result } = await client.wait(job);
          sums.set(id, result.groups[0]?.values[0]);
        }
      };
      const numbers = Array.from({ length: jobs }, (_, index) => index).values();
      await Promise.all(Array.from({ length: clients }, () => submitNext(numbers)));

      expect([...sums.values()].sort((one, other) => Number(one) - Number(other))).toEqual(
        Array.from({ length: jobs }, (_, index) => index),
      );
      expect(system().written).toEqual(new Set(sums.keys()));
      const listed = new Set<string>();
      for await (const { id } of client.list({ tags: ['chaos'] })) listed.add(id);
      expect(listed).toEqual(new Set(sums.keys()));
      expect([...proxy.struck.keys()].sort()).toEqual([...faultNames].sort());
    });
  });
