import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Outcome {
  readonly kind: 'response' | 'error';
  readonly body: unknown;
}

interface Start {
  /** Of AWS's runtime interface client. */
  readonly script: string;
  /** The folder of the unpacked zip. */
  readonly task: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A function as Lambda runs it: its zip, in a process of AWS's runtime interface client, which asks us for its invocations. */
export class LambdaRuntime {
  readonly #server: Server;
  #process: ChildProcess | undefined;
  #output = '';
  #waiting: ((response: ServerResponse) => void) | undefined;
  #asked: ServerResponse | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start({ script, task, handler, environment }: Start): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    this.#process = spawn(process.execPath, [script], {
      cwd: task,
      env: {
        ...environment,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: task,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk;
      });
    this.#process.once('exit', () =>
      this.#settle?.({ kind: 'error', body: `the process has ended: ${this.#output}` }),
    );
  }

  /** What it has written to its log. */
  get output(): string {
    return this.#output;
  }

  /** One at a time, as Lambda does. */
  async invoke(event: unknown, timeoutMs = 20_000): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve) => {
      this.#settle = resolve;
    });
    const response =
      this.#asked ??
      (await Promise.race([
        outcome,
        new Promise<ServerResponse>((resolve) => {
          this.#waiting = resolve;
        }),
      ]));
    this.#asked = undefined;
    if ('kind' in response) return response;
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': randomUUID(),
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:000000000000:function:tested',
        'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0',
      })
      .end(JSON.stringify(event));
    return outcome;
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running && running.exitCode === null && running.kill('SIGKILL')) await once(running, 'exit');
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request;
    if (url.endsWith('/invocation/next')) {
      if (this.#waiting) this.#waiting(response);
      else this.#asked = response;
      this.#waiting = undefined;
      return;
    }
    const body = await text(request);
    const kind = url.endsWith('/response') ? ('response' as const) : ('error' as const);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    this.#settle?.({ kind, body: JSON.parse(body || 'null') });
  }
}
