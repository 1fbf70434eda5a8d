import { asError } from '../../shared/domain/base/errors.ts';
import type { Question, ToJob, ToServer } from './messages.ts';
import { fromWire, toWire } from './wire-error.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Of a step: what the server may have done, more than once. */
  readonly work?: Work | undefined;
}

/** @returns what can be sent */
type Work = () => Promise<unknown>;

/** A part of a message has no clone, as a function has none. */
export class NoCloneError extends Error {
  override readonly name = 'NoCloneError';
}

/** The side of a job's process from which it asks its server, and is told that the job is aborted. */
export class ServerLink {
  readonly #send: (message: ToServer) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #controller = new AbortController();
  #asked = 0;

  /** @param send throws if a part of the message has no clone */
  constructor(send: (message: ToServer) => void) {
    this.#send = send;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws NoCloneError */
  send(message: ToServer): void {
    try {
      this.#send(message);
    } catch (thrown) {
      throw new NoCloneError(asError(thrown).message, { cause: thrown });
    }
  }

  /**
   * Sends what is asked as it is now.
   * @param work of a step
   * @throws what the call has thrown in the server; NoCloneError
   */
  async ask(question: Question, work?: Work): Promise<unknown> {
    const number = this.#asked;
    this.#asked += 1;
    this.send({ kind: 'question', number, question });
    return new Promise((resolve, reject) => this.#pending.set(number, { resolve, reject, work }));
  }

  take(message: Exclude<ToJob, { kind: 'start' }>): void {
    if (message.kind === 'abort') {
      this.#controller.abort(fromWire(message.reason));
      return;
    }
    const pending = this.#pending.get(message.number);
    if (message.kind === 'runStep') {
      void this.#do(message.number, pending?.work);
      return;
    }
    this.#pending.delete(message.number);
    if (message.kind === 'answer') pending?.resolve(message.value);
    else pending?.reject(this.#errorOf(message));
  }

  async #do(question: number, work: Work | undefined): Promise<void> {
    try {
      this.send({ kind: 'stepReturned', question, result: await work?.() });
    } catch (thrown) {
      this.send({ kind: 'stepThrew', question, error: toWire(thrown) });
    }
  }

  #errorOf({ isReason, error }: Extract<ToJob, { kind: 'refusal' }>): Error {
    return isReason && this.signal.aborted ? asError(this.signal.reason) : fromWire(error);
  }
}
