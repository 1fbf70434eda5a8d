import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { root } from '../../project-copy.ts';
import { mutatedState } from './planted-bugs.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const file = 'tests/fixtures/kit-in-node-test/add-up.test.ts';

function nodeTest(env: NodeJS.ProcessEnv = {}) {
  const { JEST_WORKER_ID: _, ...own } = process.env;
  const options = { cwd: root, env: { ...own, ...env }, encoding: 'utf8' } as const;
  return spawnSync(process.execPath, ['--test', file], options).stdout;
}

afterEach(() => {
  delete process.env.CUT;
});

describe('a failing cut', () => {
  it('is one line with the command that replays it, also under node:test', () => {
    const output = nodeTest();
    const line = output.split('\n').find((each) => each.includes('Replay:'));
    expect(line).toMatch(
      /wrong result: .* when .* at call \d+ \(checkpoint\)\. Replay: CUT=[a-z-]+@\d+ node --test /,
    );
    expect(line).toContain(file);
  });

  it('is replayed alone, with every step', () => {
    const output = nodeTest({ CUT: 'hand-over@3' });
    expect(output).toContain('1 of 1 cuts fail');
    expect(output).toContain('<<< hand-over');
    expect(output).toContain('attempt 1 starts from {"next":2,"total":0}');
  });

  it('has at most a few lines for each kind, and says how many there are', async () => {
    const error = await cutEverywhere({ contract, handler: mutatedState }, payload).then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    const lines = error?.message.split('\n');
    expect(lines?.filter((line) => line.includes('Replay:'))).toHaveLength(4);
    expect(error?.message).toMatch(/and \d\d more cuts/);
    expect(error?.failures.length).toBeGreaterThan(20);
  });

  it('is not replayed if its name is no cut', async () => {
    process.env.CUT = 'crash@1';
    const test = cutEverywhere({ contract, handler: mutatedState }, payload);
    await expect(test).rejects.toThrow('"crash@1" is no cut');
  });
});

describe('a job with very many cuts', () => {
  it('is cut as often as allowed, evenly spread', async () => {
    const report = await cutEverywhere(
      {
        contract,
        handler: async ({ numbers }, job) => {
          for (const _ of numbers) await job.pause(1);
          return { total: numbers.length };
        },
      },
      { numbers: Array.from({ length: 50 }, () => 1) },
      { maxCuts: 70 },
    );
    expect(report.cuts).toBe(70);
    expect(report.possibleCuts).toBeGreaterThan(400);
  });
});
