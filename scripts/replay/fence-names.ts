import dns from 'node:dns';
import { isIP } from 'node:net';
import type { Fence } from './fence.ts';
import { type Call, replace } from './replace.ts';

/**
 * Fences look-ups. Whoever asks for a name tells it to a server of names, and by a name one could tell anything. Only the
 * names of what is let through are looked up.
 */
export function fenceNames(fence: Fence): void {
  const names = new Set([...fence.allowed].map((each) => each.slice(0, each.lastIndexOf(':'))));
  const isAllowed = (name: string): boolean => isIP(name) > 0 || names.has(name.toLowerCase());
  const errorOf = (call: string, name: unknown): Error | undefined =>
    call === 'lookup' && isAllowed(String(name))
      ? undefined
      : fence.refuse(`the name ${String(name)} was not looked up`);
  for (const owner of [dns, dns.Resolver.prototype])
    for (const call of callsOf(owner))
      replace(owner, call, (ask) => withCallback(ask, (name) => errorOf(call, name)));
  for (const owner of [dns.promises, dns.promises.Resolver.prototype])
    for (const call of callsOf(owner))
      replace(owner, call, (ask) => promised(ask, (name) => errorOf(call, name)));
}

type Check = (name: unknown) => Error | undefined;

function withCallback(ask: Call, check: Check): Call {
  return function (this: unknown, ...all) {
    const error = check(all[0]);
    if (!error) return ask.apply(this, all);
    const callback = all.at(-1);
    if (typeof callback !== 'function') throw error;
    return process.nextTick(() => callback(error));
  };
}

function promised(ask: Call, check: Check): Call {
  return function (this: unknown, ...all) {
    const error = check(all[0]);
    return error ? Promise.reject(error) : ask.apply(this, all);
  };
}

/** Those that ask somebody. */
const callsOf = (owner: object): readonly string[] =>
  allNames(owner).filter((name) => /^(lookup|lookupService|resolve\w*|reverse|query\w+)$/.test(name));

/** Also those of what it inherits from, as of a resolver. */
function allNames(owner: object): readonly string[] {
  const parent: unknown = Object.getPrototypeOf(owner);
  const inherited = parent instanceof Object && parent !== Object.prototype ? allNames(parent) : [];
  return [...new Set([...Object.getOwnPropertyNames(owner), ...inherited])];
}
