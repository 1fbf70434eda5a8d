/** A function of Node.js. */
export type Call = (this: unknown, ...all: unknown[]) => unknown;

const isCall = (value: unknown): value is Call => typeof value === 'function';

/**
 * Puts another function in place of one of Node.js.
 * @param make is given the one that was there
 * @throws Error if there is none: then a newer Node.js has moved it, and what it did would not be replaced
 */
export function replace(owner: object, name: string, make: (original: Call) => Call): void {
  const original: unknown = Reflect.get(owner, name);
  if (!isCall(original)) throw new Error(`this Node.js (${process.version}) has no ${name} to replace`);
  // Some are getters, and some cannot be assigned to.
  Object.defineProperty(owner, name, { value: make(original), configurable: true, writable: true });
}

/** The same, of what only some versions of Node.js have. */
export function replaceIfThere(owner: object, name: string, make: (original: Call) => Call): void {
  if (Reflect.has(owner, name)) replace(owner, name, make);
}
