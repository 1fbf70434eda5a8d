import { AsyncLocalStorage } from 'node:async_hooks';
import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import type { JobContext } from '../../shared/author/handler.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { StepError, unreachable } from '../../shared/domain/base/errors.ts';
import type { Fields } from '../../shared/domain/base/ports.ts';
import type { Question, ToJob, ToServer, WireError } from './messages.ts';
import { ServedChildren } from './serve-children.ts';
import { fromWire, toWire } from './wire-error.ts';

/** Of a stream of small chunks, so many bytes are sent at a time. */
const minChunkBytes = 256 * 1024;

/** Makes the calls that the process of a job asks for, on the context that the engine has given. */
export class CallServer {
  readonly #job: JobContext;
  readonly #contracts: Contracts;
  readonly #send: (message: ToJob) => void;
  readonly #streams = new Map<number, AsyncIterator<Uint8Array>>();
  readonly #children: ServedChildren;
  /** The steps that the process runs, by the number of their question. */
  readonly #running = new Map<number, PromiseWithResolvers<unknown>>();
  /** Makes a call inside of a step, by the step's key. */
  readonly #insides = new Map<string, (call: () => Promise<void>) => Promise<void>>();

  constructor(job: JobContext, contracts: Contracts, send: (message: ToJob) => void) {
    this.#job = job;
    this.#contracts = contracts;
    this.#children = new ServedChildren(job, contracts);
    this.#send = send;
  }

  /** Begins each call at once: they take effect in the order in which the handler has made them. Never throws. */
  take(message: ToServer): void {
    const job = this.#job;
    switch (message.kind) {
      case 'question':
        void this.#answer(message.number, message.question);
        break;
      case 'log':
        job.log[message.level](message.message, { ...message.fields, ...asErrors(message.errors) });
        break;
      case 'progress':
        job.progress(message.percent, message.message);
        break;
      case 'openOutput':
        job.output(message.contentType === undefined ? {} : { contentType: message.contentType });
        break;
      case 'closeStream':
        this.#close(message.stream);
        break;
      case 'stepReturned':
        this.#running.get(message.question)?.resolve(message.result);
        break;
      case 'stepThrew':
        this.#running.get(message.question)?.reject(fromWire(message.error));
        break;
      case 'ready':
      case 'returned':
      case 'threw':
        break;
      default:
        unreachable(message);
    }
  }

  /** Closes what the handler has left open. */
  close(): void {
    for (const stream of [...this.#streams.keys()]) this.#close(stream);
  }

  async #answer(number: number, question: Question): Promise<void> {
    try {
      this.#send({ kind: 'answer', number, value: await this.#call(question, number) });
    } catch (thrown) {
      const { signal } = this.#job;
      const isReason = signal.aborted && thrown === signal.reason;
      this.#send({ kind: 'refusal', number, error: toWire(thrown), isReason });
    }
  }

  async #call(question: Question, number: number): Promise<unknown> {
    const job = this.#job;
    switch (question.name) {
      case 'checkpoint':
        return job.checkpoint(question.state, { flush: question.flush });
      case 'sleep':
        return job.sleep(question.seconds, question.state);
      case 'pause':
        return job.pause(question.seconds);
      case 'limit':
        await job.limit(question.part, () => this.#workOf(number));
        return undefined;
      case 'step':
        return job.step(
          question.key,
          () => {
            this.#insides.set(question.key, AsyncLocalStorage.snapshot());
            return this.#workOf(number);
          },
          defined({ retries: question.retries }),
        );
      case 'waitFor':
        return this.#waitFor(question);
      case 'waitForSignal':
        return job.waitForSignal(question.signal, {
          within: question.within,
          ...defined({ key: question.key, question: question.question }),
        });
      case 'signalLink': {
        const { signal, key, within, about, as } = question;
        return job.signalLink(signal, defined({ key, within, about, as }));
      }
      case 'spawn':
        return this.#children.spawn(question);
      case 'submit':
        return this.#submit(question);
      case 'settled':
        return this.#children.settled(question.key);
      case 'ends':
        return this.#children.ends(question);
      case 'size':
        return job.object(question.object).size();
      case 'read':
        return this.#nextBytes(question);
      case 'write':
        return this.#write(question);
      default:
        return unreachable(question);
    }
  }

  /** Its process knows the type by its contract, and the server by its name. */
  async #submit({ key, type, payload, options }: Extract<Question, { name: 'submit' }>): Promise<unknown> {
    const contract = contractOf(this.#contracts, type);
    if (!contract) throw new StepError(`"${type}" is no type of this project`);
    return this.#job.submit(key, contract, payload, options);
  }

  #waitFor({ key, until, children, ...asked }: Extract<Question, { name: 'waitFor' }>): Promise<unknown> {
    const named = defined({ signal: asked.signal, question: asked.question });
    return children === undefined
      ? // What is no time is refused where it is read.
        this.#job.waitFor(key, { until: until ?? Number.NaN, ...named })
      : this.#job.waitFor(key, {
          children: this.#children.batchOf(children),
          ...named,
          ...defined({ until }),
        });
  }

  /**
   * Has the process do the work of a step, or make a call. If the process ends first, nobody waits for that any more.
   */
  #workOf(number: number): Promise<unknown> {
    const work = Promise.withResolvers<unknown>();
    this.#running.set(number, work);
    this.#send({ kind: 'runStep', number });
    return work.promise;
  }

  #write({ chunk, step }: Extract<Question, { name: 'write' }>): Promise<void> {
    const write = () => this.#job.output().write(chunk);
    const inside = step === undefined ? undefined : this.#insides.get(step);
    return inside ? inside(write) : write();
  }

  /** @returns undefined at the end */
  async #nextBytes({
    stream,
    object,
    from,
  }: Extract<Question, { name: 'read' }>): Promise<Uint8Array | undefined> {
    const source =
      this.#streams.get(stream) ?? this.#job.object(object).stream({ from })[Symbol.asyncIterator]();
    this.#streams.set(stream, source);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < minChunkBytes) {
      const { done, value } = await source.next();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
    }
    const [first, ...others] = chunks;
    return others.length > 0 ? Buffer.concat(chunks) : first;
  }

  #close(stream: number): void {
    const source = this.#streams.get(stream);
    this.#streams.delete(stream);
    source?.return?.().catch(() => undefined);
  }
}

const asErrors = (errors: Readonly<Record<string, WireError>>): Fields =>
  Object.fromEntries(Object.entries(errors).map(([key, error]) => [key, fromWire(error)]));
