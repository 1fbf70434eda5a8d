import { AsyncLocalStorage } from 'node:async_hooks';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FindingKind } from '../findings.ts';

/** What is around a handler, beside its context. */
export interface Surroundings {
  /** Told what it reads or starts there. */
  readonly note: (kind: FindingKind, detail: string) => void;
  /** The time that it reads there, epoch milliseconds. */
  readonly now: () => number;
}

const scope = new AsyncLocalStorage<Surroundings>();

/** Runs a handler, with all that it starts: what it reads outside its context is noted. */
export const inHandler = <T>(surroundings: Surroundings, run: () => T): T => scope.run(surroundings, run);
/** Runs a stand-in for a service, which may read what it likes. */
export const outsideHandler = <T>(run: () => T): T => scope.exit(run);

interface Source {
  readonly owner: object;
  readonly name: string;
  readonly kind: FindingKind;
  /** What the handler gets instead. */
  readonly instead?: (now: number) => unknown;
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
  const [, file, line] = /\(?(?:file:\/\/)?(\/[^()]*?)(?:\?\d+)?(:\d+):\d+\)?$/.exec(frame) ?? [];
  return file === undefined ? frame.trim() : `${relative(process.cwd(), file)}${line}`;
}

/** @returns what is around the handler that uses it, if one does */
function noteUse({ name, kind }: Pick<Source, 'name' | 'kind'>): Surroundings | undefined {
  const surroundings = scope.getStore();
  const place = surroundings && callingPlace();
  if (place === undefined) return undefined;
  surroundings?.note(kind, `${name} in ${place}`);
  return surroundings;
}

/** Replaces a function by one that notes its use. @returns what puts it back */
function watchFunction({ owner, name, kind, instead }: Source): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return () => {};
  const watched = new Proxy(original, {
    apply(target, self, all) {
      const used = noteUse({ name: `${name}()`, kind });
      return used && instead ? instead(used.now()) : Reflect.apply(target, self, all);
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
  const use = (name: string) => noteUse({ name, kind: 'time read' });
  globalThis.Date = new Proxy(original, {
    construct(target, all, newTarget) {
      const used = all.length === 0 ? use('new Date()') : undefined;
      return Reflect.construct(
        target,
        used ? [used.now()] : all,
        newTarget === globalThis.Date ? target : newTarget,
      );
    },
    apply(target, self, all) {
      const used = use('Date()');
      return used ? new original(used.now()).toString() : Reflect.apply(target, self, all);
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

const sources = (): readonly Source[] => [
  { owner: Date, name: 'now', kind: 'time read', instead: (now) => now },
  {
    owner: performance,
    name: 'now',
    kind: 'time read',
    instead: (now) => now - performance.timeOrigin,
  },
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
