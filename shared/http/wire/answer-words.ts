import { cut } from './violations.ts';

/**
 * The part of JSON Schema that says what people read of a value, as pages have it, and as `GET /job-types` answers it.
 */
export interface WordedSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, WordedSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly title?: unknown;
  /** What people read for a value, by the value as a text. */
  readonly labels?: unknown;
  readonly 'x-labels'?: unknown;
}

/** The schemas of what may be answered to jobs of a type, by the names of the type's signals. */
export type AnswerSchemas = (type: string) => Readonly<Record<string, WordedSchema>> | undefined;

/** What people read for a field: its title in the contract, or else its name. */
export const labelOf = (name: string, { title }: WordedSchema): string =>
  typeof title === 'string' ? title : name;

/** What people read for a value that can be chosen. */
export function wordOf({ labels, 'x-labels': same = labels }: WordedSchema, value: unknown): string {
  const own = Object.entries({ ...(same as object | undefined) }).find(([name]) => name === String(value));
  if (typeof own?.[1] === 'string') return own[1];
  return typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value);
}

/** Whether a form can have a field for each part of the value. Otherwise it is written as JSON. */
export const hasFields = ({ type, properties }: WordedSchema): boolean =>
  type === 'object' && properties !== undefined && Object.keys(properties).length > 0;

export const isChoice = ({ enum: choices }: WordedSchema): boolean =>
  choices?.every((choice) => typeof choice === 'string') ?? false;

interface Choice<Schema extends WordedSchema> {
  /** Of the field. Absent: the answer is the choice itself. */
  readonly name?: string;
  readonly property: Schema;
  readonly values: readonly unknown[];
}

/** What has more is a list. */
const maxButtons = 5;

function valuesOf(property: WordedSchema): readonly unknown[] | undefined {
  if (property.type === 'boolean') return [true, false];
  return isChoice(property) && property.enum && property.enum.length <= maxButtons
    ? property.enum
    : undefined;
}

/**
 * The one choice that an answer is: that of its one boolean, or of an answer that has nothing else. What may be left
 * out is no such choice.
 */
export function choiceOf<Schema extends WordedSchema & { properties?: Readonly<Record<string, Schema>> }>(
  schema: Schema,
): Choice<Schema> | undefined {
  if (!hasFields(schema)) {
    const values = valuesOf(schema);
    return values && { property: schema, values };
  }
  const all = Object.entries(schema.properties ?? {});
  const [only, another] = all.length === 1 ? all : all.filter(([, { type }]) => type === 'boolean');
  if (!only || another) return undefined;
  const [name, property] = only;
  const values = schema.required?.includes(name) ? valuesOf(property) : undefined;
  return values && { name, property, values };
}

export interface Answered {
  /** The word of the one choice. */
  readonly chosen?: string;
  /** Of all else, with the label of its field; '' for an answer that has no fields. */
  readonly facts: readonly (readonly [label: string, text: string])[];
}

/** What was answered, in the words of its form. @param value without what is secret */
export function wordsOfAnswer(schema: WordedSchema, value: unknown): Answered {
  const choice = choiceOf(schema);
  const { properties = {} } = schema;
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const chosen = choice?.name === undefined ? value : entries.find(([name]) => name === choice.name)?.[1];
  const isChosen = choice?.values.includes(chosen) ?? false;
  const factOf = ([name, one]: [string, unknown]) => {
    const property = properties[name] ?? {};
    return [labelOf(name, property), said(property, one)] as const;
  };
  const others = isChosen ? entries.filter(([name]) => name !== choice?.name) : entries;
  const facts = isChosen || entries.length > 0 ? others.map(factOf) : [['', said(schema, value)] as const];
  return { ...(choice && isChosen ? { chosen: wordOf(choice.property, chosen) } : {}), facts };
}

const said = (property: WordedSchema, value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : wordOf(property, value);

const maxWords = 120;

/** What was answered, in one line, which is stored with the answer. @param value without what is secret */
export function lineOfAnswer(schema: WordedSchema, value: unknown): string {
  const { chosen, facts } = wordsOfAnswer(schema, value);
  const parts = facts.map(([label, text]) => (label === '' ? text : `${label}: ${text}`));
  const line = [...(chosen === undefined ? [] : [chosen]), ...parts].join('; ');
  return line.length > maxWords ? `${cut(line, maxWords)}…` : line;
}
