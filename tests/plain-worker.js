import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./plain-process.js', import.meta.url));
/** Of what a process has printed, this is told of one that dies. */
const maxPrinted = 4_000;
/** What it has printed last may come after its end, and what it has started may hold its output for ever. */
const lastLinesMs = 500;
const endMs = 2_000;

/** A process that runs files of tests, one at a time. Of one that dies people read why: its signal, its exit code and its last lines. */
export class PlainWorker {
  #child;
  #ended;
  #printed = '';

  constructor() {
    const colors = process.stdout.isTTY ? { FORCE_COLOR: process.env.FORCE_COLOR ?? '1' } : {};
    this.#child = fork(script, [], {
      env: { ...process.env, ...colors },
      stdio: ['inherit', 'pipe', 'pipe', 'ipc'],
    });
    for (const name of ['stdout', 'stderr'])
      this.#child[name].on('data', (chunk) => {
        process[name].write(chunk);
        this.#printed = (this.#printed + chunk).slice(-maxPrinted);
      });
    this.#ended = this.#untilEnd();
  }

  /** @returns the result of a file, as Jest has it. @throws Error if the process dies before it has one */
  async runFile(file) {
    const answer = new Promise((resolve) => {
      const listen = (message) => {
        // A file of tests may send something itself.
        if (!message?.hasRun) return;
        this.#child.off('message', listen);
        resolve(message);
      };
      this.#child.on('message', listen);
    });
    this.#child.send(file);
    const died = this.#ended.then(({ death }) => Promise.reject(death));
    const { result, error } = await Promise.race([answer, died]);
    if (error) throw Object.assign(new Error(error.message), { stack: error.stack });
    return result;
  }

  get isAlive() {
    return this.#child.connected;
  }

  /** Ends the process. @returns why it died, if it did */
  async end() {
    if (this.#child.connected) this.#child.disconnect();
    const late = new AbortController();
    const kill = setTimeout(endMs, undefined, { signal: late.signal }).then(
      () => this.#child.kill('SIGKILL'),
      () => undefined,
    );
    const { death, isGood } = await this.#ended;
    late.abort();
    return isGood || (await kill) ? undefined : death;
  }

  /** @returns how the process ended, and whether that is good after its last file */
  async #untilEnd() {
    const closed = once(this.#child, 'close');
    const [code, signal] = await once(this.#child, 'exit');
    await Promise.race([closed, setTimeout(lastLinesMs, undefined, { ref: false })]);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.destroy();
    const how = signal === null ? `with exit code ${code}` : `by the signal ${signal}`;
    const death = new Error(
      `The process ${this.#child.pid} of the tests died ${how}. Its last lines:\n${this.#printed}`,
    );
    return { death, isGood: code === 0 };
  }
}
