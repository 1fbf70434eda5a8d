import * as z from 'zod/v4/core';
import { hidden, mask } from '../../shared/author/secret-fields.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { violationsOf } from '../../shared/http/wire/violations.ts';
import { type Gap, makeSamples } from './make-samples.ts';
import { boundsIn } from './schema-limits.ts';

/** What the older schema allows, and the newer one refuses. */
export interface Break {
  readonly pointer: string;
  /** What the newer schema says. */
  readonly message: string;
  /** What is at the pointer, or around it, as JSON without secrets. */
  readonly example: string;
}

export interface Comparison {
  readonly breaks: readonly Break[];
  readonly gaps: readonly Gap[];
  /** Fields that were secret, and are not any more. */
  readonly revealed: readonly string[];
}

interface Schemas {
  readonly older: z.$ZodType;
  readonly newer: z.$ZodType;
}

/** A payload waits as it was submitted. Results and states are stored as their schema has them after its defaults. */
export type Kept = 'as given' | 'as parsed';

/** Would what the older schema has let through still be let through? */
export function compareSchemas({ older, newer }: Schemas, kept: Kept): Comparison {
  const samples = makeSamples(older, boundsIn(newer));
  const stored = samples.values
    .map((value) => asStored(value, older, kept))
    // What the older version could not read itself, as a date that is text by now, the newer one need not read.
    .filter((value) => parse(older, value)?.success);
  const breaks = new Map<string, Break>();
  const revealed = new Set<string>();
  for (const value of stored) {
    for (const each of breaksOf(value, { older, newer })) {
      // A list has the same trouble at every index.
      const key = `${each.pointer.replace(/\/\d+(?=\/|$)/g, '/*')} ${each.message}`;
      if (each.example.length < (breaks.get(key)?.example.length ?? Infinity)) breaks.set(key, each);
    }
    for (const pointer of difference(mask(older, value), mask(newer, value))) revealed.add(pointer);
  }
  const lacks = stored.length === 0 && samples.gaps.length === 0;
  const nothing = { pointer: '', why: 'the older version cannot read its own values' };
  return {
    breaks: [...breaks.values()],
    gaps: lacks ? [nothing] : samples.gaps,
    revealed: [...revealed],
  };
}

function asStored(value: unknown, schema: z.$ZodType, kept: Kept): unknown {
  const stored = kept === 'as given' ? value : parse(schema, value)?.data;
  return readJson(JSON.stringify(stored) ?? 'null');
}

/** A check of somebody's may throw, as if the value did not fit. */
function parse(schema: z.$ZodType, value: unknown) {
  try {
    return z.safeParse(schema, value);
  } catch {
    return undefined;
  }
}

function breaksOf(value: unknown, { older, newer }: Schemas): readonly Break[] {
  const parsed = parse(newer, value);
  if (parsed?.success) return [];
  const shown = mask(newer, mask(older, value));
  if (!parsed) return [{ pointer: '', message: 'its check throws an error', example: shortJson(shown) }];
  return parsed.error.issues.flatMap(nearestIssues).flatMap((issue) =>
    violationsOf(issue, '').map(({ pointer, detail }) => ({
      pointer,
      message: detail,
      example: shortJson(valueAt(shown, pointer) ?? shown),
    })),
  );
}

/** Of a union, what the alternative says that comes nearest. By itself a union only says that nothing fits. */
function nearestIssues(issue: z.$ZodIssue): readonly z.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const reached = (issues: readonly z.$ZodIssue[]): number =>
    Math.max(0, ...issues.map(({ path }) => path.length));
  const [nearest, next] = [...issue.errors].sort((one, other) => reached(other) - reached(one));
  // None of them got further than the others.
  if (!nearest || reached(nearest) === reached(next ?? [])) return [issue];
  return nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(nearestIssues);
}

/** What is at a JSON pointer, or undefined. A hidden value has no parts. */
function valueAt(value: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  let inner = value;
  for (const key of keys.map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    if (inner === hidden) return hidden;
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = new Map(Object.entries(inner)).get(key);
  }
  return inner;
}

/** Where the first value is hidden, and the second one is not. */
function difference(first: unknown, second: unknown, pointer = ''): readonly string[] {
  if (second === hidden) return [];
  if (first === hidden) return [pointer];
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return [];
  const others = new Map(Object.entries(second));
  return Object.entries(first).flatMap(([key, inner]) =>
    difference(inner, others.get(key), `${pointer}/${Array.isArray(first) ? '*' : key}`),
  );
}

const maxText = 40;
const maxItems = 3;
const maxLength = 160;

/** A value for people: JSON, with long texts and lists cut. */
function shortJson(value: unknown): string {
  const text = JSON.stringify(shortened(value)) ?? 'nothing';
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length <= maxText ? value : `${value.slice(0, 10)}… (${value.length} characters)`;
  if (Array.isArray(value)) {
    const items = value.slice(0, maxItems).map(shortened);
    return value.length <= maxItems ? items : [...items, `… (${value.length} items)`];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [shortKey(key), shortened(inner)]));
}

const shortKey = (key: string): string => String(shortened(key));
