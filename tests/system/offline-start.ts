import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import ServerlessOffline from 'serverless-offline';
import type { FunctionDefinition, Serverless } from '../../local/lambda/serverless-service.ts';
import LocalAws from '../../local/plugin.ts';
import { bundleFunctions, type Printed, readService } from './kept-service.ts';

/*
 * Does what `npm start` does, with the same options and environment, in the folder of serverless.yml, and with the
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
  // A thread has no more than its function has: without this, each would compile its bundle anew.
  const { NODE_COMPILE_CACHE = '' } = process.env;
  const environment = { ...provider.environment, NODE_COMPILE_CACHE };
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
      provider: { ...provider, environment },
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
  options: { param: { type: 'string', multiple: true } },
});
const { AUTH = 'none', LONG_WORKER_TIMEOUT = '900' } = process.env;
const given = (values.param ?? []).map((text): [string, string] => {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
});
await start(process.cwd(), new Map([['auth', AUTH], ['longWorkerTimeout', LONG_WORKER_TIMEOUT], ...given]));
