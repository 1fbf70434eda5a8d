import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import ServerlessOffline from 'serverless-offline';
import * as z from 'zod/mini';
import LocalAws from '../../local/plugin.ts';
import type { FunctionDefinition, Serverless } from '../../local/serverless-service.ts';
import { type Inputs, keep } from '../kept-output.ts';
import { sls } from '../project-copy.ts';

/*
 * Does what `sls offline start` does, with the same options and environment, in the folder of serverless.yml, and with the
 * plugins of `npm start`. What osls makes of serverless.yml is kept, and so are the bundles: a start loads neither osls
 * nor esbuild, unless something that they read has changed. Both together take longer than the rest of a start.
 */

export type Hooks = Readonly<Record<string, () => void | Promise<void>>>;

/** What serverless-offline reads of osls, beside what local/plugin.ts reads. */
export interface OfflineServerless extends Omit<Serverless, 'service'> {
  readonly config: { readonly serverlessPath: string; readonly servicePath: string };
  readonly service: Serverless['service'] & {
    readonly service: string;
    getAllFunctions(): readonly string[];
    getFunction(key: string): FunctionDefinition | undefined;
    getAllEventsInFunction(key: string): FunctionDefinition['events'];
  };
}

/** What `sls print` prints: serverless.yml with its files and variables. */
const printed = z.looseObject({
  service: z.string(),
  params: z.record(z.string(), z.unknown()),
  provider: z.looseObject({
    stage: z.string(),
    environment: z.optional(z.record(z.string(), z.unknown())),
  }),
  functions: z.record(
    z.string(),
    z.looseObject({
      handler: z.string(),
      timeout: z.optional(z.coerce.number()),
      environment: z.optional(z.record(z.string(), z.unknown())),
      events: z.optional(z.array(z.unknown())),
    }),
  ),
  resources: z.looseObject({}),
  custom: z.looseObject({ 'serverless-offline': z.record(z.string(), z.unknown()) }),
});
type Printed = z.infer<typeof printed>;
const declared = z.object({ params: z.object({ local: z.record(z.string(), z.unknown()) }) });

/** All that is bundled, and how. */
const sources = ['functions', 'job-types', 'shared', 'infra'];
/** What tests start a system with. osls puts a mark where each value belongs: a timeout has to be a number. */
const marks = { auth: '@auth@', leaseSeconds: '@leaseSeconds@', longWorkerTimeout: '811' };
/** The parameter that no line of serverless.yml names: local/plugin.ts reads it from the command line. */
const readByPlugin = ['cors'];

const keepIn = (project: string, name: string, inputs: Inputs, make: (folder: string) => Promise<void>) =>
  keep(name, inputs, make, { project });

/** @returns what osls makes of serverless.yml, which it is asked once for all values of the parameters */
async function readService(project: string, parameters: ReadonlyMap<string, string>): Promise<Printed> {
  const known = [...Object.keys(marks), ...readByPlugin];
  const unknown = [...parameters.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new TypeError(`offline-start.ts has no mark for ${unknown.join(', ')}`);
  const folder = await keepIn(project, 'service', { paths: ['serverless.yml', 'infra'] }, async (into) => {
    const options = Object.entries(marks).map(([name, mark]) => `--param=${name}=${mark}`);
    const text = await sls(project, ['print', '--stage', 'local', '--format', 'json', ...options]);
    await writeFile(join(into, 'service.json'), text);
  });
  const text = await readFile(join(folder, 'service.json'), 'utf8');
  const { local } = declared.parse(JSON.parse(text)).params;
  const values = new Map(
    Object.entries(marks).map(([name, mark]) => [mark, parameters.get(name) ?? local[name]]),
  );
  return printed.parse(JSON.parse(text, (_, value) => values.get(String(value)) ?? value));
}

/** @returns the folder of the bundles, each at the path of its handler */
const bundleFunctions = (project: string, { functions }: Printed): Promise<string> =>
  keepIn(project, 'bundles', { paths: sources }, async (outdir) => {
    const configOf: (serverless: object) => BuildOptions & {
      readonly exclude: string[];
      readonly outputFileExtension: string;
    } = createRequire(import.meta.url)(join(project, 'infra/esbuild.config.cjs'));
    const {
      exclude,
      outputFileExtension,
      watch: _watch,
      outputWorkFolder: _folder,
      ...options
    } = { watch: {}, outputWorkFolder: '', ...configOf({ processedInput: { commands: ['package'] } }) };
    await build({
      ...options,
      absWorkingDir: project,
      entryPoints: Object.values(functions).map(({ handler }) => handler.replace(/\.\w+$/, '.ts')),
      outbase: project,
      outdir,
      outExtension: { '.js': outputFileExtension },
      platform: 'node',
      external: exclude,
    });
  });

interface Start {
  readonly project: string;
  readonly bundles: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Of all plugins. */
  readonly run: (event: string) => Promise<void>;
}

/** What osls gives to its plugins. */
function serverlessOf(
  { functions, resources, custom, provider, service, params }: Printed,
  { project, bundles, parameters, run }: Start,
): OfflineServerless {
  const { stage } = provider;
  const named = Object.fromEntries(
    Object.entries(functions).map(([key, each]) => [key, { ...each, name: `${service}-${stage}-${key}` }]),
  );
  custom['serverless-offline'].location = relative(project, bundles);
  return {
    serviceDir: project,
    config: { serverlessPath: project, servicePath: project },
    configurationInput: { params },
    processedInput: { options: { param: [...parameters].map(([name, value]) => `${name}=${value}`) } },
    pluginManager: {
      async spawn(command) {
        for (const event of [`before:${command}:cleanup`, `${command}:cleanup`]) await run(event);
      },
    },
    getProvider: () => ({ getStage: () => stage }),
    service: {
      service,
      provider,
      functions: named,
      resources,
      custom,
      getAllFunctions: () => Object.keys(named),
      getFunction: (key) => named[key],
      getAllEventsInFunction: (key) => named[key]?.events,
    },
  };
}

async function start(project: string, parameters: ReadonlyMap<string, string>): Promise<void> {
  const service = await readService(project, parameters);
  const bundles = await bundleFunctions(project, service);
  const hooks: Hooks[] = [];
  const run = async (event: string): Promise<void> => {
    for (const each of hooks) await each[event]?.();
  };
  const serverless = serverlessOf(service, { project, bundles, parameters, run });
  const commandLine = { httpPort: process.env.PORT };
  // serverless-offline's own lines stay away: nobody reads them.
  hooks.push(
    new LocalAws(serverless, commandLine).hooks,
    new ServerlessOffline(serverless, commandLine, {}).hooks,
  );
  for (const event of ['init', 'ready', 'end']) {
    await run(`before:offline:start:${event}`);
    await run(`offline:start:${event}`);
  }
}

const { values } = parseArgs({
  allowPositionals: true,
  options: { stage: { type: 'string' }, param: { type: 'string', multiple: true } },
});
const { AUTH = 'none', LONG_WORKER_TIMEOUT = '900' } = process.env;
const given = (values.param ?? []).map((text): [string, string] => {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
});
await start(process.cwd(), new Map([['auth', AUTH], ['longWorkerTimeout', LONG_WORKER_TIMEOUT], ...given]));
