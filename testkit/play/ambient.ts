import { AsyncLocalStorage } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FindingKind } from '../findings.ts';

/** Told what a handler reads or starts outside its context. */
export type Note = (kind: FindingKind, detail: string) => void;

const scope = new AsyncLocalStorage<Note>();

/** Runs a handler, with all that it starts: what it reads outside its context is noted. */
export const inHandler = <T>(note: Note, run: () => T): T => scope.run(note, run);
/** Runs a stand-in for a service, which may read what it likes. */
export const outsideHandler = <T>(run: () => T): T => scope.exit(run);

interface Source {
  readonly owner: object;
  readonly name: string;
  readonly kind: FindingKind;
}

const thisFile = fileURLToPath(import.meta.url);

/**
 * Where the code is that called, if it is no library's: what a library reads for its own purposes is no concern of the
 * job.
 */
function callingPlace(): string | undefined {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const frame = frames.find((line) => !line.includes(thisFile) && !line.includes('node:'));
  if (frame === undefined || frame.includes('/node_modules/')) return undefined;
  const place = /\(?(?:file:\/\/)?(\/[^()]*:\d+):\d+\)?$/.exec(frame)?.[1];
  return place === undefined ? frame.trim() : relative(process.cwd(), place);
}

function noteUse({ name, kind }: Pick<Source, 'name' | 'kind'>): void {
  const note = scope.getStore();
  const place = note && callingPlace();
  if (place !== undefined) note?.(kind, `${name} in ${place}`);
}

/** Replaces a function by one that notes its use. @returns what puts it back */
function watchFunction({ owner, name, kind }: Source): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return () => {};
  const watched = new Proxy(original, {
    apply(target, self, all) {
      noteUse({ name: `${name}()`, kind });
      return Reflect.apply(target, self, all);
    },
  });
  Object.defineProperty(owner, name, { value: watched, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(owner, name, own);
    else Reflect.deleteProperty(owner, name);
  };
}

/** `new Date()` reads the time, and `new Date(value)` does not. */
function watchDate(): () => void {
  const original = Date;
  const isNow = (all: unknown[]) => all.length === 0;
  globalThis.Date = new Proxy(original, {
    construct(target, all, newTarget) {
      if (isNow(all)) noteUse({ name: 'new Date()', kind: 'time read' });
      return Reflect.construct(target, all, newTarget === globalThis.Date ? target : newTarget);
    },
    apply(target, self, all) {
      noteUse({ name: 'Date()', kind: 'time read' });
      return Reflect.apply(target, self, all);
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

const sources = (): readonly Source[] => [
  { owner: Date, name: 'now', kind: 'time read' },
  { owner: performance, name: 'now', kind: 'time read' },
  { owner: Math, name: 'random', kind: 'randomness read' },
  { owner: crypto, name: 'randomUUID', kind: 'randomness read' },
  { owner: crypto, name: 'getRandomValues', kind: 'randomness read' },
  { owner: globalThis, name: 'setTimeout', kind: 'timer outside the context' },
  { owner: globalThis, name: 'setInterval', kind: 'timer outside the context' },
];

let watchers = 0;
let restore: readonly (() => void)[] = [];

/**
 * Watches what handlers read outside their context, until the returned function is called. Code outside of handlers
 * notices nothing.
 */
export function watchAmbient(): () => void {
  if (watchers === 0) restore = [...sources().map(watchFunction), watchDate()];
  watchers += 1;
  return () => {
    watchers -= 1;
    if (watchers === 0) for (const putBack of [...restore].reverse()) putBack();
  };
}
