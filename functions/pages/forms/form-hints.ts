import type { WordedSchema } from '../../../shared/http/wire/answer-words.ts';
import { type Html, html } from '../html/html.ts';

/** The part of JSON Schema that forms are made of. */
export interface Schema extends WordedSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly maxLength?: unknown;
  /** It is the name of an uploaded object. */
  readonly object?: unknown;
}

/** Above this, a schema only says what a number can hold. */
const maxUseful = 1e12;
const maxDepth = 4;

/** What belongs into a field, as far as its schema says. */
export function hintOf({ description, type, minimum, maximum, maxLength }: Schema): Html | false {
  const limits = [limit('at least', minimum), limit('at most', maximum)].filter((one) => one !== '');
  const words = [
    ...(typeof description === 'string' ? [description] : []),
    ...(type === 'integer' ? [['A whole number', ...limits].join(', ')] : []),
    ...(type === 'number' ? [['A number', ...limits].join(', ')] : []),
    ...(typeof maxLength === 'number' ? [`At most ${maxLength} characters`] : []),
  ];
  return words.length > 0 && html`${words.map(asSentence).join(' ')}`;
}

const asSentence = (words: string): string => (/[.!?…:]$/.test(words) ? words : `${words}.`);

const limit = (words: string, value: unknown): string =>
  typeof value === 'number' && Math.abs(value) < maxUseful ? `${words} ${value}` : '';

/**
 * A value of a schema's shape, such as a person can begin with. An object that may be left out is: it is not there yet.
 */
export function exampleOf(schema: Schema, depth = 0): unknown {
  const { type, properties, items, required, enum: choices } = schema;
  if (choices) return choices[0];
  if (depth >= maxDepth) return null;
  if (type === 'array') return items ? [exampleOf(items, depth + 1)] : [];
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(properties ?? {})
        .filter(([name, { object }]) => object !== true || required?.includes(name))
        .map(([name, each]) => [name, exampleOf(each, depth + 1)]),
    );
  return type === 'string' ? '…' : scalar(schema);
}

function scalar({ type, minimum }: Schema): unknown {
  if (type === 'boolean') return true;
  if (type !== 'integer' && type !== 'number') return null;
  return typeof minimum === 'number' && Math.abs(minimum) < maxUseful ? minimum : 0;
}
