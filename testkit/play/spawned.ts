import { type Happening, requestText } from './happening.ts';

/** What a handler asks for under a key. */
interface AskedBatch {
  readonly type: string;
  readonly payloads: readonly unknown[];
  /** The handler says what becomes of the children when the job ends. */
  readonly isEndSaid: boolean;
}

interface Batch extends AskedBatch {
  /** The payloads as they were in the first start. */
  readonly texts: readonly string[];
  /** How many children were asked for before. */
  readonly first: number;
  isAwaited: boolean;
}

/** A child that a handler has asked for. */
export interface AskedChild {
  readonly key: string;
  readonly index: number;
  readonly type: string;
  readonly payload: unknown;
}

/** The children that a handler asks for, in each of its starts. */
export class Spawned {
  readonly #batches = new Map<string, Batch>();
  readonly #known = new Set<string>();
  /** One for each child, and one more for each other payload that it had: they are compared as effects with a key. */
  readonly happenings: Happening[] = [];
  #count = 0;

  /** How many children were asked for. */
  get count(): number {
    return this.#count;
  }

  /** @returns how a payload differs from the one of an earlier start; undefined if none does */
  ask(key: string, asked: AskedBatch): string | undefined {
    const texts = asked.payloads.map((payload) => requestText([payload]));
    for (const [index, request] of texts.entries()) this.#note({ key, index, asked, request });
    const before = this.#batches.get(key);
    if (!before) {
      this.#batches.set(key, { ...asked, texts, first: this.#count, isAwaited: false });
      this.#count += texts.length;
      return undefined;
    }
    const at = texts.findIndex((text, index) => text !== (before.texts[index] ?? text));
    return at === -1 ? undefined : `child ${at} of "${key}" had ${before.texts[at]}, and has ${texts[at]}`;
  }

  #note({ key, index, asked, request }: NewHappening): void {
    const identity = `${key} ${index}`;
    const known = `${identity} ${asked.type} ${request}`;
    if (this.#known.has(known)) return;
    this.#known.add(known);
    const name = `a child of the type ${asked.type} with the`;
    const all = [asked.payloads[index]];
    this.happenings.push({ name, frequency: 'keyed', arguments: all, request, key: identity });
  }

  /** The handler waits for the ends of a batch. */
  await(key: string): void {
    const batch = this.#batches.get(key);
    if (batch) batch.isAwaited = true;
  }

  /** The keys of batches that nobody has waited for, and of which nobody has said what becomes of them with the job. */
  get forsaken(): readonly string[] {
    return [...this.#batches].flatMap(([key, { isAwaited, isEndSaid, texts }]) =>
      isAwaited || isEndSaid || texts.length === 0 ? [] : [key],
    );
  }

  /** From 1, in the order in which children were first asked for. */
  numberOf(key: string, index: number): number | undefined {
    const batch = this.#batches.get(key);
    return batch && batch.first + index + 1;
  }

  get children(): readonly AskedChild[] {
    return [...this.#batches].flatMap(([key, { type, payloads }]) =>
      payloads.map((payload, index) => ({ key, index, type, payload })),
    );
  }
}

interface NewHappening {
  readonly key: string;
  readonly index: number;
  readonly asked: AskedBatch;
  readonly request: string;
}
