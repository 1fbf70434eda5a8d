import type { Server } from 'node:http';
import { resolve as resolvePath } from 'node:path';
import type { Emulators } from './emulators.ts';
import { endWithParent } from './end-with-parent.ts';
import type { EventSources } from './event-sources.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { httpRoutesOf, type Serverless } from './serverless-service.ts';
import { crashMessage, onThreadCrash } from './thread-crashes.ts';

/** Invocations may end for so long, then they are ended; with `DATA_DIR` their jobs go on after the next start. */
const patienceMs = 1_200;
/** serverless-offline itself would wait five seconds for connections to be closed. */
const exitAfterMs = 300;

/** serverless-offline would end an idle function's thread after a minute, and load its bundle again. */
const keptWarmSeconds = 3600;

interface CommandLine {
  httpPort?: string;
  readonly host?: string;
}

/**
 * `sls offline start` with an AWS of its own: the emulators, the queues and tables of serverless.yml in them, and an
 * event source mapping for every queue that a function works off. Does nothing for any other command.
 */
export default class LocalAws {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #commandLine: CommandLine;
  #emulators: Emulators | undefined;
  #eventSources: EventSources | undefined;
  #gateway: Server | undefined;
  #publicPort = '';
  #offlinePort = 0;

  constructor(serverless: Serverless, commandLine: CommandLine) {
    this.#serverless = serverless;
    this.#commandLine = commandLine;
    this.hooks = {
      'before:offline:start': () =>
        fail(new LocalAwsError('Use `sls offline start`; `sls offline` does not say when it is ready.')),
      'before:offline:start:init': () => this.#prepare().catch(fail),
      'before:offline:start:ready': () => this.#begin(),
      'before:offline:functionsUpdated:cleanup': () => this.#eventSources?.abandonRunning(),
      'before:offline:start:end': () => this.#end(),
    };
  }

  /** Before serverless-offline reads its options and the functions' environment. */
  async #prepare(): Promise<void> {
    // Imported only here, so that no other command pays for the emulators.
    const [{ startEmulators }, { createResources }, { setEnvironment }, { EventSources }, ports] =
      await Promise.all([
        import('./emulators.ts'),
        import('./resources.ts'),
        import('./environment.ts'),
        import('./event-sources.ts'),
        import('./ports.ts'),
      ]);
    const { service } = this.#serverless;
    await ports.checkFree(this.#host, this.#httpPort);
    const emulators = await startEmulators({ dataDir: this.#dataDir });
    this.#emulators = emulators;
    const resolve = await createResources(service.resources, emulators);
    setEnvironment(service, { resolve, emulators });
    const offline = service.custom['serverless-offline'];
    const lambdaPort = await ports.freePort();
    this.#offlinePort = await ports.freePort();
    this.#publicPort = this.#httpPort;
    // The gateway has the port that was asked for.
    if (this.#commandLine.httpPort) this.#commandLine.httpPort = String(this.#offlinePort);
    Object.assign(offline, {
      httpPort: this.#offlinePort,
      terminateIdleLambdaTime: keptWarmSeconds,
      lambdaPort,
      albPort: await ports.freePort(),
      websocketPort: await ports.freePort(),
    });
    const { sqsEndpoint } = emulators;
    this.#eventSources = new EventSources({ functions: service.functions, resolve, sqsEndpoint, lambdaPort });
  }

  /** When serverless-offline listens. */
  async #begin(): Promise<void> {
    const [{ readyMessage }, { startGateway }] = await Promise.all([
      import('./ready-message.ts'),
      import('./gateway.ts'),
    ]);
    this.#gateway = await startGateway({
      host: this.#host,
      port: Number(this.#publicPort),
      offlinePort: this.#offlinePort,
      routes: httpRoutesOf(this.#serverless.service.functions),
    });
    onThreadCrash((error) => this.#beginAnew(error).catch(fail));
    this.#eventSources?.start();
    endWithParent();
    console.log(readyMessage(`http://${this.#host}:${this.#publicPort}`, this.#dataDir));
  }

  /** As after an edit: serverless-offline would go on calling the thread that is gone. */
  async #beginAnew(error: unknown): Promise<void> {
    console.error(crashMessage(error));
    await this.#serverless.pluginManager.spawn('offline:functionsUpdated');
  }

  /** On SIGINT or SIGTERM. */
  async #end(): Promise<void> {
    this.#gateway?.close();
    await this.#eventSources?.stop(patienceMs);
    // The functions first: they would complain that the emulators are gone.
    await this.#serverless.pluginManager.spawn('offline:functionsUpdated');
    await this.#emulators?.stop();
    setTimeout(() => process.exit(0), exitAfterMs);
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

/** Not by throwing: the bundler's watcher, which is there by now, would keep the process. */
function fail(reason: unknown): never {
  console.error(reason instanceof LocalAwsError ? reason.message : reason);
  process.exit(1);
}
