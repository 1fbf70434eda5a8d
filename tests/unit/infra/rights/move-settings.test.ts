import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { moveSettings } from '../../../../infra/rights/move-settings.ts';
import type { FunctionConfig } from '../../../../infra/template/serverless.ts';
import { workerOutputsOf } from '../../../../infra/template/worker-outputs.ts';
import { readSettings } from '../../../../shared/aws/observe/stack.ts';

const run = promisify(execFile);
const stack = { region: 'eu-central-1', resources: {} };

/** A service with a worker whose variables have so many bytes, as Lambda counts them. */
function serviceOf(bytes: number, settings: Readonly<Record<string, string>>) {
  const environment = { TABLE_NAME: 't', ...settings, PADDING: '' };
  const PADDING = 'x'.repeat(bytes - JSON.stringify({ LOG: 'i', ...environment }).length);
  const functions: Record<string, FunctionConfig> = {
    worker: { environment: { ...environment, PADDING } },
    submit: { environment: { SETUP: 'x'.repeat(4000) } },
  };
  return { service: 'job-worker', provider: { environment: { LOG: 'i' } }, functions, resources: {} };
}

describe('the settings of job types', () => {
  const settings = { ORDERS_TABLE: 'orders', ORDERS_KEY: 'secretsmanager:shop/orders' };

  test('are variables, as long as Lambda has room for them', () => {
    const service = serviceOf(3500, settings);
    const before = structuredClone(service);
    expect(moveSettings(service, { worker: settings, submit: {} }, stack)).toEqual({});
    expect(service).toEqual(before);
  });

  test('are in a file of the zip beyond that, and a variable names the file', () => {
    const service = serviceOf(3501, settings);
    const moved = moveSettings(service, { worker: settings, submit: {} }, stack);
    expect(Object.keys(moved)).toEqual(['worker']);
    expect(JSON.parse(moved.worker?.text ?? '')).toEqual(settings);
    expect(service.functions.worker?.environment).toEqual({
      TABLE_NAME: 't',
      PADDING: expect.any(String),
      SETTINGS_FILE: moved.worker?.file,
    });
    // It has no types, so nothing of it can move.
    expect(service.functions.submit?.environment).toEqual({ SETUP: 'x'.repeat(4000) });
  });

  test('are in the environment before the module that is imported next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'settings-file-'));
    try {
      const bundle = join(folder, 'functions/worker');
      await mkdir(bundle, { recursive: true });
      const project = join(import.meta.dirname, '../../../..');
      await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
      const source = join(project, 'shared/author/settings-file.ts');
      await run('cp', [source, join(bundle, 'settings-file.ts')]);
      await writeFile(join(bundle, 'adapter.ts'), 'console.log(process.env.ORDERS_TABLE, process.env.LEFT);');
      await writeFile(join(bundle, 'handler.ts'), "import './settings-file.ts';\nimport './adapter.ts';");
      await writeFile(join(folder, 'a-file.json'), JSON.stringify(settings));
      const start = (SETTINGS_FILE?: string) =>
        run(process.execPath, ['--disable-warning=ExperimentalWarning', join(bundle, 'handler.ts')], {
          env: { LEFT: 'as it was', ...(SETTINGS_FILE === undefined ? {} : { SETTINGS_FILE }) },
        });
      expect((await start('a-file.json')).stdout).toBe('orders as it was\n');
      expect((await start()).stdout).toBe('undefined as it was\n');
      await expect(start('none.json')).rejects.toThrow('none.json');
      await writeFile(join(folder, 'numbers.json'), '{"ORDERS_TABLE":1}');
      await expect(start('numbers.json')).rejects.toThrow('ORDERS_TABLE');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('the settings of worker servers are found in the outputs again, of which none has more than CloudFormation takes', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[A-Z]{1,9}$/), fc.string({ maxLength: 900, unit: 'binary' }), {
        maxKeys: 12,
      }),
      (texts) => {
        const outputs = Object.entries(workerOutputsOf({ ...texts, TABLE: { Ref: 'JobTable' } }));
        const values = outputs.map(([name, { Value }]) => [name, String(Value)] as const);
        for (const [, value] of values) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(4096);
        expect(readSettings(new Map(values))).toEqual(texts);
      },
    ),
    { numRuns: 10 },
  );
  const texts = { A: 'ä'.repeat(2000) };
  const long = workerOutputsOf(texts);
  const values = Object.entries(long).map(([name, { Value }]) => [name, String(Value)] as const);
  expect(readSettings(new Map(values))).toEqual(texts);
  expect(Object.keys(long)).toEqual([
    'WorkerSettings',
    'WorkerSettings2',
    'WorkerSettings3',
    'WorkerSettings4',
  ]);
});
