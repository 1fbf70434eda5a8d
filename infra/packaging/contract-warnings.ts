import * as z from 'zod/v4/core';
import type { Contracts, JobContract } from '../../shared/author/contract.ts';
import { childrenOf } from '../../shared/author/marked-fields.ts';

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
 * TypeScript lets a handler return more fields than its contract has, as one that spreads an object does. A strict
 * result then fails the job when all its work is done.
 */
const warningsOfResult = (type: string, { result, reserved }: JobContract): readonly string[] =>
  reserved === undefined && isStrict(result)
    ? [
        `the contract of ${type}: its result has a strictObject. A field too many passes the compiler, and fails the job after its work. z.object leaves it out.`,
      ]
    : [];

/** The values that labels of a schema, or of its parts, are for, and that it does not have. */
function wrongLabels(schema: z.$ZodType, seen = new Set<z.$ZodType>()): readonly string[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const { labels } = { ...z.globalRegistry.get(schema) };
  const { def } = (schema as z.$ZodTypes)._zod;
  const known =
    def.type === 'boolean' ? ['true', 'false'] : def.type === 'enum' ? Object.values(def.entries) : [];
  const wrong = Object.keys({ ...(labels as object | undefined) }).filter((name) => !known.includes(name));
  const { parts, same } = childrenOf(schema);
  return [...wrong, ...[...parts, ...same].flatMap((each) => wrongLabels(each, seen))];
}

/** Nobody would ever read these words. */
const warningsOfLabels = (type: string, { signals = {} }: JobContract): readonly string[] =>
  Object.entries(signals).flatMap(([name, schema]) =>
    wrongLabels(schema).map(
      (label) =>
        `the contract of ${type}: the signal ${name} has labels for "${label}", which is no value of a boolean or an enum there.`,
    ),
  );

/** What passes the compiler, and is not what its author means. */
export const warningsOfContracts = (contracts: Contracts): readonly string[] =>
  Object.entries(contracts).flatMap(([type, contract]) => [
    ...warningsOfResult(type, contract),
    ...warningsOfLabels(type, contract),
  ]);
