import type { JobContract } from '../../shared/author/contract.ts';
import { describeError, describeValue } from '../../shared/domain/base/errors.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { writeCheckpoint } from '../../shared/worker/hold/checkpoint-text.ts';
import type { Finding } from '../findings.ts';

/** What is wrong with a state that a handler saves. The job itself fails only later, or not at all. */
export function checkState(contract: JobContract, state: unknown): Finding | undefined {
  let text: string;
  try {
    text = writeCheckpoint(contract, state);
  } catch (thrown) {
    return findingOf(thrown);
  }
  const lost = firstDifference(state, readJson(text));
  return lost === undefined ? undefined : { kind: 'state that JSON changes', detail: lost };
}

function findingOf(thrown: unknown): Finding {
  const detail = thrown instanceof Error ? describeError(thrown).message : describeValue(thrown);
  if (thrown instanceof TypeError) return { kind: 'state that JSON changes', detail };
  return /^the state has \d+ bytes/.test(detail)
    ? { kind: 'state too large', detail }
    : { kind: 'state that does not fit its schema', detail };
}

/**
 * Where a value is not the same after it was stored, as a text; undefined if it is. What a schema adds, such as a
 * default, is no difference.
 */
export function firstDifference(value: unknown, stored: unknown, path = ''): string | undefined {
  const place = path === '' ? 'it' : path;
  if (Array.isArray(value) && Array.isArray(stored)) {
    if (value.length !== stored.length) return `${place} has ${value.length} entries, then ${stored.length}`;
    return value.map((one, at) => firstDifference(one ?? null, stored[at], `${path}[${at}]`)).find(Boolean);
  }
  if (isPlain(value) && isPlain(stored)) {
    return Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => firstDifference(one, stored[key], path === '' ? key : `${path}.${key}`))
      .find(Boolean);
  }
  if (Object.is(value, stored) || (value === 0 && stored === 0)) return undefined;
  return `${place} is ${nameOf(value)}, and then ${nameOf(stored)}`;
}

/** Objects as JSON has them. Of another realm too: a test runner may have its own `Object`. */
export const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
