import { expect } from '@jest/globals';
import type * as z from 'zod/mini';
import { conditions } from './expected-privileges.ts';
import type { statement } from './kinds.ts';

/** The allowed actions, by resource. Checks that those have a condition that are to have one. */
export function rightsIn(
  statements: readonly z.output<typeof statement>[],
): Record<string, readonly string[]> {
  const rights: Record<string, string[]> = {};
  for (const { Action, Resource, Condition } of statements) {
    for (const action of Action) expect({ [action]: Condition }).toEqual({ [action]: conditions[action] });
    for (const resource of Resource)
      rights[resource] = [...new Set([...(rights[resource] ?? []), ...Action])].sort();
  }
  return rights;
}
