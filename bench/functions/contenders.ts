import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { bundle } from '../../infra/packaging/bundle.ts';
import { defaultParameters } from '../../infra/parameters/all.ts';
import { valuesOf } from '../../infra/rights/rights-of-capabilities.ts';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { projectDir, withProjectCopy } from '../../tests/project-copy.ts';
import { aKey } from '../../tests/set-ups/access.ts';

export const contenders = ['ours', 'bare', 'stock'] as const;
export type Contender = (typeof contenders)[number];
export const functionNames = ['submit', 'worker', 'status'] as const;
export type FunctionName = (typeof functionNames)[number];

/** One job type, beside the one that the engine submits itself. */
const files: Readonly<Record<string, string>> = {
  'contracts.ts': `import { bulkAction } from './bulk-action/contract.ts';
    import { nothing } from './nothing/contract.ts';
    export const contracts = { 'bulk-action': bulkAction, nothing };`,
  'schedules.ts': 'export const schedules = [];',
  'handlers/standard.ts': 'export const standardHandlers = { nothing: async ({ n }) => ({ n }) };',
  'handlers/long.ts': 'export const longHandlers = () => ({});',
  'nothing/contract.ts': `import * as z from 'zod/mini';
    import { defineJob } from '../../shared/author/index.ts';
    export const nothing = defineJob({
      queue: 'standard',
      payload: z.strictObject({ n: z.int(), text: z.string().check(z.maxLength(1000)) }),
      result: z.strictObject({ n: z.int() }),
      timeoutSeconds: 30,
      maxAttempts: 3,
    });`,
};

/** Where the bundle of a function is. */
export const bundlePath = (outdir: string, of: Contender, name: FunctionName): string =>
  of === 'ours' ? join(outdir, of, 'functions', name, 'handler.mjs') : join(outdir, of, `${name}.mjs`);

/** As Powertools documents a bundle of ES modules, for who bundles by hand, too. */
const byHand: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
  absWorkingDir: projectDir,
  logLevel: 'error',
};

/** Bundles all functions: ours as a stage deploys them, and what invokes them (`invoke.mjs`). */
export async function bundleAll(outdir: string): Promise<void> {
  const { build } = await import('esbuild');
  await withProjectCopy(async (project) => {
    await mkdir(join(project, 'job-types/nothing'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(project, 'job-types', name), text);
    await bundle(
      project,
      functionNames.map((name) => `functions/${name}/handler.ts`),
      // The catalogs that were written here.
      { outdir: join(outdir, 'ours'), conditions: ['module'] },
    );
  });
  for (const one of ['bare', 'stock'])
    await build({
      ...byHand,
      entryPoints: functionNames.map((name) => `bench/${one}/${name}.ts`),
      outdir: join(outdir, one),
    });
  await build({ ...byHand, entryPoints: ['bench/functions/invoke.ts'], outdir });
}

const serverlessYml = z.object({ params: z.object({ default: z.record(z.string(), z.unknown()) }) });
const reference = z.object({ Ref: z.string() });

/** What each variable of ours has, as in a stage of its defaults. CloudFormation's own tags are of no interest. */
async function variables(endpoint: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(projectDir, 'serverless.yml'), 'utf8');
  const { params } = serverlessYml.parse(parse(text, { logLevel: 'error' }));
  const parameters = { ...defaultParameters, ...params.default };
  const values = Object.entries(valuesOf({ stage: 'bench', parameters, types: [] }));
  return Object.fromEntries(
    values.map(([name, value]) => {
      const { data } = reference.safeParse(value);
      if (name === 'STANDARD_QUEUE_URL') return [name, `${endpoint}/000000000000/bench-standard`];
      return [name, data?.Ref ?? (typeof value === 'object' ? name : String(value))];
    }),
  );
}

export interface Reached {
  readonly endpoint: string;
  /** The file with the certificate of who signed that of the endpoint, if it has TLS. */
  readonly authorityPath?: string;
}

/** The environment of every function: Lambda's own variables, those of ours, and one more of stock. */
export async function environmentOn({ endpoint, authorityPath }: Reached): Promise<Record<string, string>> {
  return {
    ...(await variables(endpoint)),
    IDEMPOTENCY_TABLE_NAME: 'IdempotencyTable',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'a token of a role '.repeat(40).replaceAll(' ', ''),
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    ...(authorityPath === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorityPath }),
  };
}

/** What callers of ours show. The others ask nobody. */
export const authorization = `Bearer ${writeApiKey(aKey())}`;
