import type { Server } from 'node:http';
import { join, relative, resolve as resolvePath } from 'node:path';
import { inspect } from 'node:util';
import { bundleConditions } from '../infra/packaging/job-type-catalog.ts';
import { derivedFrom, deriveFunctions } from '../infra/rights/derive-functions.ts';
import { CatalogError, readStage } from '../infra/rights/read-stage.ts';
import { secretsWithoutValue } from '../infra/rights/type-uses.ts';
import { bucketSettingsOf } from '../infra/template/bucket-settings.ts';
import { authorizerOf, httpApiOf, isOpen, keepAuthorizer } from '../infra/template/http-api.ts';
import { addOrderedQueues } from '../infra/template/ordered-queues.ts';
import { parametersOf } from '../infra/template/parameters-of.ts';
import { addProperties, setAuthorizer } from '../infra/template/serverless.ts';
import * as serverUses from '../shared/aws/uses/server-uses.ts';
import { readAllowedHosts } from './doors/allowed-hosts.ts';
import { runningEmulators } from './emulators/emulator-endpoints.ts';
import type { Emulators } from './emulators/emulators.ts';
import { debuggedInvocationSeconds, isDebugged } from './lambda/debugged.ts';
import type { EventSources } from './lambda/event-sources.ts';
import type { LiveBundles } from './lambda/live-bundles.ts';
import type { CallOffline } from './lambda/offline-servers.ts';
import { httpRoutesOf, type Serverless } from './lambda/serverless-service.ts';
import type { LostInvocation } from './lambda/thread-crashes.ts';
import { LocalAwsError } from './local-aws.ts';
import {
  ownBundles,
  registerSystem,
  removeLeftBundles,
  removeOwnBundles,
  withdrawSystem,
} from './machine/running-system.ts';
import { makeTemporaryFolder } from './machine/temporary-folder.ts';
import type { PrintServers } from './output/print-servers.ts';
import { maxConcurrency, readLongConcurrency, requireStage } from './system/require-stage.ts';

/** At a stop, running invocations have this time to end. With `DATA_DIR`, their jobs continue after the next start. */
const stopTimeoutMs = 1_200;
/** serverless-offline itself would wait five seconds for connections to be closed. */
const exitAfterMs = 300;
/** By default, serverless-offline ends the thread of an idle function after a minute, and loads its bundle again. */
const idleThreadSeconds = 3600;

/** Who binds the gateway to every address calls it by another one. */
const everywhere = ['0.0.0.0', '::'];

interface CommandLine {
  httpPort?: string;
  lambdaPort?: string;
  readonly host?: string;
  readonly 'anybody-may-call'?: boolean;
}

const anybodyMayCall = {
  type: 'boolean',
  usage: 'Have the API listen to other machines without keys: everybody who reaches this one may call.',
} as const;

/**
 * Adds a local AWS to `sls offline start`, and to no other command: the emulators, the queues, tables, schedules and the
 * bucket of serverless.yml in them, and an event source mapping for every queue that a function processes.
 */
export default class LocalAws {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;
  /** Beside the options of serverless-offline. */
  readonly commands = {
    offline: { commands: { start: { options: { 'anybody-may-call': anybodyMayCall } } } },
  };
  readonly #serverless: Serverless;
  readonly #commandLine: CommandLine;
  #bundles: LiveBundles | undefined;
  #emulators: Emulators | undefined;
  #eventSources: EventSources | undefined;
  #gateway: Server | undefined;
  #printServers: PrintServers | undefined;
  #publicPort = '';
  #offline: CallOffline = () => Promise.reject(new Error('serverless-offline has not started'));
  #allowedHosts: readonly string[] = [];
  #longConcurrency = 0;
  #missingSecrets: readonly string[] = [];
  #apiKey: string | undefined;
  /** The variables of worker servers, with those of what types use. */
  #ofServers: Readonly<Record<string, string>> = {};
  #printAgain: () => void = () => undefined;

  constructor(serverless: Serverless, commandLine: CommandLine) {
    this.#serverless = serverless;
    this.#commandLine = commandLine;
    this.hooks = {
      initialize: () => this.#takeOverBundling(),
      'before:offline:start': () =>
        fail(new LocalAwsError('Use `sls offline start`; `sls offline` does not say when it is ready.')),
      'before:offline:start:init': () => this.#prepare().catch(fail),
      'before:offline:start:ready': () => this.#start().catch(fail),
      'before:offline:functionsUpdated:cleanup': () => this.#eventSources?.abortRunning(),
      'before:offline:start:end': () => this.#stop(),
    };
  }

  /** serverless-esbuild loses saves that come while it bundles, and ends every job that runs. */
  #takeOverBundling(): void {
    if (this.#serverless.processedInput.commands?.[0] !== 'offline') return;
    for (const each of Object.values(this.#serverless.service.functions)) {
      each.skipEsbuild = true;
      if (isDebugged()) each.timeout = debuggedInvocationSeconds;
    }
  }

  /** Runs before serverless-offline reads its options and the functions' environment. */
  async #prepare(): Promise<void> {
    // Imported only here, so that no other command loads the emulators.
    const [
      { startEmulators },
      { createResources },
      { addSchedules },
      access,
      { setEnvironment },
      { EventSources },
      ports,
      { startPrintServers },
      { assumeFunctionRoles },
    ] = await Promise.all([
      import('./emulators/emulators.ts'),
      import('./emulators/resources.ts'),
      import('./system/add-schedules.ts'),
      import('./system/local-access.ts'),
      import('./lambda/function-environment.ts'),
      import('./lambda/event-sources.ts'),
      import('./machine/free-port.ts'),
      import('./output/print-servers.ts'),
      import('./lambda/function-roles.ts'),
    ]);
    const { service, serviceDir } = this.#serverless;
    const stage = { ...(await readStage(this.#serverless)), localSecrets: { ...process.env } };
    const { parameters } = stage;
    this.#allowedHosts = readAllowedHosts(process.env.ALLOWED_HOSTS);
    this.#longConcurrency = readLongConcurrency(process.env);
    await requireStage(stage, { host: this.#host, mayAnybodyCall: this.#commandLine['anybody-may-call'] });
    addOrderedQueues(service, parameters);
    keepAuthorizer(service.functions, parameters);
    // serverless-offline has the one authorizer that is a function; the gateway has the origins of other pages.
    const { authorizers } = httpApiOf(parameters);
    if (authorizers) service.provider.httpApi = { ...service.provider.httpApi, authorizers };
    setAuthorizer(service.functions, { authorizer: authorizerOf(parameters), isOpen });
    await deriveFunctions({ serviceDir, functions: service.functions }, stage);
    this.#missingSecrets = secretsWithoutValue(stage.types, stage.localSecrets);
    this.#openBucket();
    await addSchedules(service.resources, parameters);
    await ports.requireFreePort(this.#host, this.#httpPort);
    await removeLeftBundles(serviceDir);
    const bundled = this.#bundleFunctions();
    // Awaited below: an error that comes earlier would end the process before it is told.
    bundled.catch(() => undefined);
    const options = { dataDir: this.#dataDir, allowedHosts: this.#allowedHosts };
    const emulators = runningEmulators(process.env) ?? (await startEmulators(options));
    this.#emulators = emulators;
    const resolve = await createResources(service.resources, emulators);
    const server = derivedFrom(serverUses, stage);
    const { functions } = service;
    const roles = await assumeFunctionRoles({ functions, server }, { resolve, emulators });
    this.#ofServers = roles.ofServers;
    const tableName = String(resolve({ Ref: 'AccessTable' }));
    this.#apiKey = await access.prepareAccess({ ...emulators, tableName, auth: parameters.auth });
    this.#printServers = await startPrintServers(this.#allowedHosts);
    const { accessKeys } = roles;
    setEnvironment(service, {
      ...{ resolve, emulators, ...this.#printServers },
      ...{ apiUrl: this.#address, accessKeys },
    });
    const lambda = await this.#hideOffline();
    this.#eventSources = new EventSources({
      ...{ functions, resolve, sqsEndpoint: emulators.sqsEndpoint, lambda, maxConcurrency },
      longConcurrency: this.#longConcurrency,
    });
    await bundled;
    if (!this.#isVerbose) this.#printAgain = muteConsole();
  }

  /**
   * Has serverless-offline listen on files that only this user can open. A caller of one of its ports would be
   * behind the gateway. The gateway listens on the port that the user asked for.
   * @returns what calls its copy of Lambda
   */
  async #hideOffline(): Promise<CallOffline> {
    const { callOfflineServers, listNoRoutes } = await import('./lambda/offline-servers.ts');
    if (!this.#isVerbose) await listNoRoutes();
    const offlineAt = callOfflineServers();
    const { folder } = makeTemporaryFolder('sockets');
    this.#publicPort = this.#httpPort;
    const sockets = { httpPort: join(folder, 'http'), lambdaPort: join(folder, 'lambda') };
    const { custom } = this.#serverless.service;
    Object.assign(custom['serverless-offline'], { ...sockets, terminateIdleLambdaTime: idleThreadSeconds });
    // What is in the command line comes first.
    Object.assign(this.#commandLine, sockets);
    this.#offline = offlineAt(sockets.httpPort);
    return offlineAt(sockets.lambdaPort);
  }

  async #bundleFunctions(): Promise<void> {
    const { serviceDir, service } = this.#serverless;
    const functions = Object.entries(service.functions).map(([name, { handler }]) => ({ name, handler }));
    if (!Object.values(service.functions).some(({ skipEsbuild }) => skipEsbuild)) return;
    const [{ LiveBundles }, { renewThreads }, { TypeCheck }] = await Promise.all([
      import('./lambda/live-bundles.ts'),
      import('./lambda/renew-threads.ts'),
      import('./lambda/type-check.ts'),
    ]);
    const types = new TypeCheck({ project: serviceDir, say: console.log });
    process.once('exit', () => types.stop());
    const onNew = await renewThreads();
    const environmentOf = (name: string) => this.#environmentOf(name);
    const folder = ownBundles(serviceDir);
    service.custom['serverless-offline'].location = relative(serviceDir, folder);
    this.#bundles = new LiveBundles({
      project: serviceDir,
      folder,
      functions,
      conditions: this.#conditions,
      environmentOf,
      onNew,
      onSave: (path) => types.onSave(path),
      say: console.log,
    });
    await this.#bundles.start();
  }

  /** Runs once serverless-offline listens. */
  async #start(): Promise<void> {
    const [
      { readyMessage },
      { startGateway },
      { handOverDecodedPaths },
      { gatewayCorsOf },
      { onLostInvocation },
      { showFunctionOutput },
      { PrometheusNumbers },
    ] = await Promise.all([
      import('./system/ready-message.ts'),
      import('./gateway/gateway.ts'),
      import('./gateway/decode-path.ts'),
      import('./gateway/gateway-cors.ts'),
      import('./lambda/thread-crashes.ts'),
      import('./output/function-output.ts'),
      import('../shared/domain/observe/prometheus.ts'),
    ]);
    const since = new PrometheusNumbers();
    const { dynamoDbEndpoint = '' } = this.#emulators ?? {};
    // The long worker knows where the emulators are.
    const worker = { ...this.#environmentOf('longWorker'), ...this.#ofServers };
    const { pid } = process;
    await registerSystem(this.#serverless.serviceDir, this.#publicPort, { dynamoDbEndpoint, pid, worker });
    await handOverDecodedPaths();
    const parameters = parametersOf(this.#serverless, this.#stage);
    this.#gateway = await startGateway({
      host: this.#host,
      port: Number(this.#publicPort),
      offline: this.#offline,
      routes: httpRoutesOf(this.#serverless.service.functions),
      cors: gatewayCorsOf(parameters),
      allowedHosts: this.#allowedHosts,
      metrics: () => since.text,
      isClosed: parameters.auth !== 'none',
    });
    const address = this.#address;
    this.#printAgain();
    if (this.#printServers)
      showFunctionOutput(address, { since, ...this.#printServers, isVerbose: this.#isVerbose });
    onLostInvocation((lost) => this.#endInvocation(lost).catch(fail));
    this.#eventSources?.start();
    endWithParent();
    const example = await this.#exampleJob();
    const [host, apiKey] = [this.#host, this.#apiKey];
    console.log(
      readyMessage(address, {
        ...{ dataDir: this.#dataDir, apiKey, example, host },
        longConcurrency: this.#longConcurrency,
        missingSecrets: this.#missingSecrets,
      }),
    );
  }

  /** A job of the catalog that the stage has. This process has another one, unless it was told. */
  async #exampleJob() {
    const hasSamples = this.#conditions.includes('examples');
    const path = join(this.#serverless.serviceDir, 'examples/example-jobs.ts');
    const jobs: typeof import('#job-types/example-jobs.ts') = hasSamples
      ? await import(path)
      : await import('#job-types/example-jobs.ts');
    return jobs.exampleJobs.one;
  }

  get #conditions(): string[] {
    return bundleConditions(this.#serverless.serviceDir, parametersOf(this.#serverless, this.#stage));
  }

  /** To the pages of the local API, and to those that the stage names. The bucket has another origin than they have. */
  #openBucket(): void {
    const names = [this.#host, 'localhost', ...this.#allowedHosts];
    const own = names.flatMap((name) => [`http://${name}:${this.#httpPort}`, `https://${name}`]);
    const settings = bucketSettingsOf(parametersOf(this.#serverless, this.#stage), own);
    addProperties(this.#serverless.service.resources, 'Bucket', settings);
  }

  /**
   * A batch whose thread has ended is redelivered, and jobs in other threads go on: on AWS each is a process of its
   * own. After a crash in an HTTP function all functions are loaded again: serverless-offline would keep calling that
   * thread.
   */
  async #endInvocation({ event, error }: LostInvocation): Promise<void> {
    const isBatch = this.#eventSources?.abortDeliveries(event);
    if (error === undefined) return;
    const hint = 'Its jobs are taken over after their lease. Is there a promise without an await?';
    const { terminalText } = await import('./output/function-output.ts');
    console.error(`A function crashed. ${hint}\n${terminalText(inspect(error))}`);
    if (!isBatch) await this.#serverless.pluginManager.spawn('offline:functionsUpdated');
  }

  /** Runs on SIGINT and SIGTERM. */
  async #stop(): Promise<void> {
    this.#gateway?.close();
    await this.#bundles?.stop();
    await withdrawSystem(this.#serverless.serviceDir, this.#publicPort);
    await this.#eventSources?.stop(stopTimeoutMs);
    // The functions stop first: without the emulators they would log errors.
    await this.#serverless.pluginManager.spawn('offline:functionsUpdated');
    await Promise.all([this.#emulators?.stop(), this.#printServers?.stop()]);
    await removeOwnBundles(this.#serverless.serviceDir);
    setTimeout(() => process.exit(0), exitAfterMs);
  }

  #environmentOf(name: string): Readonly<Record<string, string>> {
    const { environment = {} } = this.#serverless.service.functions[name] ?? {};
    return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)]));
  }

  get #stage(): string {
    return this.#serverless.getProvider('aws').getStage();
  }

  get #isVerbose(): boolean {
    return this.#serverless.processedInput.options.verbose ?? false;
  }

  /** The first part of each address that people are shown. */
  get #address(): string {
    const host = everywhere.includes(this.#host) ? 'localhost' : this.#host;
    return `http://${host}:${this.#publicPort || this.#httpPort}`;
  }

  get #host(): string {
    return this.#commandLine.host ?? String(this.#serverless.service.custom['serverless-offline'].host);
  }

  get #httpPort(): string {
    return (
      this.#commandLine.httpPort ?? String(this.#serverless.service.custom['serverless-offline'].httpPort)
    );
  }

  get #dataDir(): string | undefined {
    const { DATA_DIR } = process.env;
    return DATA_DIR ? resolvePath(this.#serverless.serviceDir, DATA_DIR) : undefined;
  }
}

/**
 * serverless-offline lists all routes at its own port, which nobody calls, whatever the level of the log is.
 * @returns what ends it
 */
function muteConsole(): () => void {
  const { log } = console;
  console.log = () => undefined;
  return () => {
    console.log = log;
  };
}

/** Exits, since an error that is thrown would not end the process: the bundler's watcher keeps it alive. */
function fail(reason: unknown): never {
  const isOfUser = reason instanceof LocalAwsError || reason instanceof CatalogError;
  console.error(isOfUser ? reason.message : reason);
  process.exit(1);
}

const checkMs = 500;
const parent = process.ppid;

/**
 * Ends this process, as Ctrl-C would, when its parent process has ended. npm needs this: it passes a SIGTERM on to the
 * shell between the two, and only the shell ends. Other parents ask for it with `END_WITH_PARENT`. Without either, the
 * process outlives its parent, so that a shell can end and leave it running.
 */
function endWithParent(): void {
  const { npm_lifecycle_event, END_WITH_PARENT } = process.env;
  if (!npm_lifecycle_event && !END_WITH_PARENT) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, checkMs);
  timer.unref();
}
