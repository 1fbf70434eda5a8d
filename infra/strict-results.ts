import type * as z from 'zod/v4/core';
import type { Contracts } from '../shared/author/contract.ts';
import { childrenOf } from '../shared/author/marked-fields.ts';

/** Whether a schema, or a part of it, is an object that refuses other fields than its own. */
function isStrict(schema: z.$ZodType, seen = new Set<z.$ZodType>()): boolean {
  // A schema may contain itself.
  if (seen.has(schema)) return false;
  seen.add(schema);
  const { def } = (schema as z.$ZodTypes)._zod;
  if (def.type === 'object' && def.catchall?._zod.def.type === 'never') return true;
  const { parts, same } = childrenOf(schema);
  return [...parts, ...same].some((each) => isStrict(each, seen));
}

/**
 * TypeScript lets a handler return more fields than its contract has, as one that spreads an object does. A strict result then fails the job
 * when all its work is done.
 */
export const warningsOfResults = (contracts: Contracts): readonly string[] =>
  Object.entries(contracts).flatMap(([type, { result, reserved }]) =>
    reserved === undefined && isStrict(result)
      ? `the contract of ${type}: its result has a strictObject. A field too many passes the compiler, and fails the job after its work. z.object leaves it out.`
      : [],
  );
