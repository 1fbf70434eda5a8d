import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scriptsOf } from '../../../../infra/deployed/upload-scripts.ts';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { readJson } from '../../../../shared/domain/base/read-json.ts';
import { hasSucceeded } from '../../../../shared/domain/state/job/transitions.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, type Outside, type OutsideClock } from '../../../../testkit/effects.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import type { RemoteEffects } from '../../../../testkit/remote-stand-in.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { projectDir } from '../../../../tests/project-copy.ts';
import { addRecord, emptyAggregate, planFor, toResult } from '../../../csv-aggregate/aggregate.ts';
import { emrAggregate as contract } from '../../../emr-aggregate/contract.ts';
import { type AggregatePayload, type AggregateResult, emrAggregate } from '../../../emr-aggregate/handler.ts';
import { EmrServerless } from '../../stand-ins/emr-serverless.ts';
import { inMemoryAggregator } from '../../stand-ins/in-memory-aggregator.ts';

const script = join(import.meta.dirname, '../../../emr-aggregate/script');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const describeIfInstalled = hasPython ? describe : describe.skip;

const ops = ['count', 'sum', 'mean', 'min', 'max'] as const;
const metrics = ops.map((op) => ({ column: 'value', op }));
const header = ['key', 'value'];
type Row = [key: string, value: string];
interface Case {
  readonly parts: readonly (readonly Row[])[];
  readonly header?: readonly string[];
}

/** What the script's arithmetic makes of the cases. */
function byPython(cases: readonly Case[]): readonly unknown[] {
  const input = cases.map((one) => JSON.stringify({ header, groupBy: 'key', metrics, ...one })).join('\n');
  const env = { ...process.env, PYTHONPATH: script, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
  const output = execFileSync('python3', [join(import.meta.dirname, 'run_cases.py')], {
    ...{ input, env, encoding: 'utf8' as const },
    maxBuffer: 256 * 1024 * 1024,
  });
  return output.trimEnd().split('\n').map(readJson);
}

/** What csv-aggregate makes of the rows of all parts, one after another. */
function byCsvAggregate(one: Case): unknown {
  const aggregate = { ...emptyAggregate(), header: [...(one.header ?? header)] };
  try {
    const plan = planFor(aggregate, { groupBy: 'key', metrics });
    for (const [at, fields] of one.parts.flat().entries())
      addRecord(aggregate, plan, { row: at + 1, fields, end: 0 });
    return toResult(aggregate, plan);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return { error: thrown.message };
    throw thrown;
  }
}

const key = fc.oneof(
  fc.constantFrom('', 'a', 'A', '10', '9', '__proto__', 'é', '😀', '\uffff', '\ud800'),
  fc.string({ maxLength: 3 }),
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const number = fc.oneof(
  { weight: 6, arbitrary: finite.map((value) => `${value}`) },
  { weight: 3, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(3)) },
  { weight: 2, arbitrary: fc.integer().map((value) => ` ${value}\t`) },
  { weight: 1, arbitrary: fc.constant('') },
);
const strange = fc.constantFrom(
  'x',
  '1,5',
  '0x10',
  '1_000',
  'NaN',
  'Infinity',
  '１',
  '1e400',
  '1\n',
  ' ',
  '-',
  '.',
);
/** Of which every addition rounds something away. */
const prices = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(3)),
  fc.constantFrom('1e16', '-1e16', '0.1'),
);
const rowsOfPrices = fc.array(fc.tuple(fc.constantFrom('a', 'b'), prices), { minLength: 3, maxLength: 60 });
const rowsOf = (value: fc.Arbitrary<string>) => fc.array(fc.tuple(key, value), { maxLength: 40 });
const sampleSize = 400;

describeIfInstalled('the arithmetic of the script (needs python3)', () => {
  it('gives the figures of csv-aggregate for one file, to the last bit', () => {
    const rows = [...fc.sample(rowsOf(number), sampleSize), ...fc.sample(rowsOfPrices, sampleSize)];
    const cases = rows.map((part) => ({ parts: [part] }));
    const expected = cases.map(byCsvAggregate);
    expect(byPython(cases)).toEqual(expected);
    expect(expected.filter((one) => JSON.stringify(one).includes('error')).length).toBeLessThan(
      sampleSize / 2,
    );
  });

  it('refuses what csv-aggregate refuses, in the same words', () => {
    const value = fc.oneof({ weight: 20, arbitrary: number }, { weight: 1, arbitrary: strange });
    const cases = fc.sample(rowsOf(value), sampleSize).map((rows) => ({ parts: [rows] }));
    const expected = cases.map(byCsvAggregate);
    expect(byPython(cases)).toEqual(expected);
    expect(expected.filter((one) => JSON.stringify(one).includes('is not a number')).length).toBeGreaterThan(
      10,
    );
  });

  it('refuses a header without a column, or with a column twice', () => {
    const cases = [['key'], ['key', 'value', 'value'], ['other', 'value']].map((names) => ({
      ...{ header: names, parts: [] },
    }));
    expect(byPython(cases)).toEqual(cases.map(byCsvAggregate));
  });

  it('gives the figures of all rows, wherever they are cut into files, if sums are exact', () => {
    const quarters = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((value) => `${value / 4}`);
    const cases = fc
      .sample(fc.array(rowsOf(quarters), { maxLength: 5 }), sampleSize)
      .map((parts) => ({ parts }));
    expect(byPython(cases)).toEqual(cases.map(byCsvAggregate));
  });

  it('gives sums of several files that differ from those of one by no more than the last rounding', () => {
    const amounts = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => `${value}`);
    const rows = fc.array(fc.array(fc.tuple(fc.constant('a'), amounts), { minLength: 1 }), {
      minLength: 2,
      maxLength: 4,
    });
    const cases = fc.sample(rows, sampleSize).map((parts) => ({ parts }));
    const sumOf = (result: unknown) => contract.result.parse(result).groups[0]?.values[1] ?? Number.NaN;
    const expected = cases.map(byCsvAggregate).map(sumOf);
    for (const [at, result] of byPython(cases).entries()) {
      const due = expected[at] ?? 0;
      expect(Math.abs(sumOf(result) - due)).toBeLessThanOrEqual(Number.EPSILON * Math.max(Math.abs(due), 1));
    }
  });
});

describe('the script', () => {
  it('is where the adapter looks for it, once a stage with the samples is deployed', () => {
    const ofSample = scriptsOf(projectDir, ['examples']).filter(({ key }) => key.includes('emr-aggregate'));
    const names = ['csv_figures.py', 'main.py'];
    expect(ofSample.map(({ key }) => key).sort()).toEqual(
      names.map((name) => `scripts/emr-aggregate/${name}`),
    );
    const adapter = readFileSync(join(script, '../adapter.ts'), 'utf8');
    expect(adapter).toContain("const scripts = 'scripts/emr-aggregate';");
    for (const name of names) expect(adapter).toContain(`{scripts}/${name}`);
    expect(scriptsOf(projectDir, ['module']).filter(({ path }) => path.includes('examples'))).toEqual([]);
  });
});

describeIfInstalled('the script (needs python3)', () => {
  it('is Python', () => {
    const cache = mkdtempSync(join(tmpdir(), 'emr-script-'));
    const files = readdirSync(script).filter((name) => name.endsWith('.py'));
    expect(files).toEqual(['csv_figures.py', 'main.py']);
    const env = { ...process.env, PYTHONPYCACHEPREFIX: cache };
    const compiled = spawnSync('python3', ['-m', 'py_compile', ...files], {
      cwd: script,
      env,
      encoding: 'utf8',
    });
    rmSync(cache, { recursive: true });
    expect([compiled.status, compiled.stderr]).toEqual([0, '']);
  });
});

type Settings = ConstructorParameters<typeof EmrServerless>[1];

/** EMR Serverless, as the kit gives it to a handler. In the end it must have one job run, or none that still runs. */
const aggregating =
  (result: AggregateResult, settings: Settings = {}) =>
  (clock: OutsideClock): Outside<RemoteEffects<AggregatePayload, AggregateResult>> => {
    const model = new EmrServerless(clock, settings);
    const aggregator = inMemoryAggregator(model, result);
    return {
      effects: {
        find: anyNumber(aggregator.find),
        start: anyNumber(aggregator.start),
        poll: anyNumber(aggregator.poll),
        cancel: anyNumber(aggregator.cancel),
      },
      fault: (status) => {
        const left = model.runs.filter(({ state }) => state !== 'CANCELLED' && state !== 'CANCELLING');
        if (left.length > 1) return `EMR has ${left.length} job runs`;
        if (hasSucceeded(status)) return left.length === 1 ? undefined : 'EMR has no job run';
        const running = left.find(({ state }) => state !== 'SUCCESS' && state !== 'FAILED');
        return running && `the job is ${status}, and on EMR it is ${running.state}`;
      },
    };
  };

const type = { contract, handlerWith: emrAggregate };
const payload = {
  objects: ['a.csv', 'b.csv'].map(uploadedObject),
  groupBy: 'city',
  metrics: [{ column: 'orders', op: 'sum' as const }],
};
const figures = { rows: 3, groups: [{ key: 'Bern', values: [12.5] }] };

describe('emr-aggregate', () => {
  it('returns what the job run has written', async () => {
    const { result, progress } = await runJob(type, payload, { outside: aggregating(figures) });
    expect(result).toEqual(figures);
    expect(progress.map(({ message }) => message)).toContain('running on EMR Serverless');
  });

  it("fails with EMR's words", async () => {
    const { status, attempts, error } = await runJob(type, payload, {
      outside: aggregating(figures, { failsWith: 'Job failed, ExitCode: 1' }),
    });
    expect([status, attempts, error?.message]).toEqual(['failed', 1, 'Job failed, ExitCode: 1']);
  });

  it('has one job run, wherever it is cut, and none that outlives it', async () => {
    const outside = aggregating(figures, { listingLagSeconds: 59, tokenSeconds: 0 });
    await cutEverywhere(type, payload, { outside, maxCuts: 120 });
  });
});
