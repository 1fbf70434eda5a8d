import { isChoice, labelOf, wordOf } from '../../../shared/http/wire/answer-words.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { exampleOf, hintOf, type Schema } from './form-hints.ts';
import { uploadField } from './upload-field.ts';

export type Kind = 'text' | 'number' | 'boolean' | 'choice' | 'object' | 'json';

export function kindOf(property: Schema): Kind {
  const { type, object } = property;
  if (object === true) return 'object';
  if (isChoice(property)) return 'choice';
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'boolean' ? 'boolean' : 'json';
}

/** Whether a form has a field for a file. */
export const takesFiles = ({ properties = {} }: Schema): boolean =>
  Object.values(properties).some((property) => kindOf(property) === 'object');

/** What is wrong with each field, by its JSON pointer in the payload. */
export type FieldErrors = ReadonlyMap<string, string>;

/** @param values what was entered before */
export const fields = (schema: Schema, values: URLSearchParams, errors: FieldErrors): Html =>
  html`${Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const required = schema.required?.includes(name) ?? false;
    return field({ name, property, required, value: values.get(`field.${name}`) ?? undefined, errors });
  })}`;

interface Field {
  readonly name: string;
  readonly property: Schema;
  readonly required: boolean;
  readonly value: string | undefined;
  readonly errors: FieldErrors;
}

function field({ name, property, required, value, errors }: Field): Html {
  const id = `field-${name}`;
  const error = errorOf(name, errors);
  const label = labelOf(name, property);
  if (kindOf(property) === 'object')
    return uploadField({ id, name: `field.${name}`, label, required, value: value ?? '', error });
  const hint = hintFor(property);
  const describedBy = [...(hint ? [`${id}-hint`] : []), ...(error ? [`${id}-error`] : [])];
  const described = html`${error && html`aria-invalid="true" `}${describedBy.length > 0 && html`aria-describedby="${describedBy.join(' ')}"`}`;
  return html`<div class="field">
<label for="${id}">${foreign(label)}${!required && html` <span class="faint">optional</span>`}</label>
${hint && html`<p class="faint hint" id="${id}-hint">${hint}</p>`}
${input({ id, name: `field.${name}`, property, value, described })}
${error}
</div>`;
}

/** What is wrong with a field, in an element of the id `field-<name>-error`. */
export function errorOf(name: string, errors: FieldErrors): Html | false {
  const wrong = [...errors].filter(([pointer]) => pointer === `/${name}` || pointer.startsWith(`/${name}/`));
  return (
    wrong.length > 0 &&
    html`<p class="error" id="field-${name}-error">${wrong.map(([pointer, detail]) => html`${pointer !== `/${name}` && html`<code>${pointer}</code> `}${foreign(detail)} `)}</p>`
  );
}

export function hintFor(property: Schema): Html | false {
  const hint = hintOf(property);
  if (kindOf(property) !== 'json') return hint;
  return html`${hint && html`${hint} `}As JSON, such as <code>${JSON.stringify(exampleOf(property))}</code>`;
}

interface Input {
  readonly id: string;
  readonly name: string;
  readonly property: Schema;
  readonly value: string | undefined;
  readonly described: Html | false;
}

function input({ id, name, property, value = '', described }: Input): Html {
  switch (kindOf(property)) {
    case 'choice':
    case 'boolean':
      return html`<select id="${id}" name="${name}" ${described}><option value=""></option>${(property.enum ?? [true, false]).map((choice) => html`<option value="${String(choice)}" ${value === String(choice) && html`selected`}>${wordOf(property, choice)}</option>`)}</select>`;
    case 'number':
      return html`<input id="${id}" name="${name}" inputmode="decimal" autocomplete="off" value="${value}" ${described}>`;
    case 'object':
    case 'text':
      return html`<textarea id="${id}" name="${name}" rows="2" spellcheck="false" ${described}>${value}</textarea>`;
    case 'json':
      return html`<textarea id="${id}" name="${name}" rows="3" class="mono" spellcheck="false" ${described}>${value}</textarea>`;
  }
}

/**
 * What is said of a field that is not valid. Of one that a person has to fill in and did not, no more needs to be said than that.
 */
export const wordsOfError = (
  { pointer, detail }: { readonly pointer: string; readonly detail: string },
  values: URLSearchParams,
  { properties = {}, required = [] }: Schema,
): string => {
  const name = pointer.slice(1);
  const isEmpty = !values.has('json') && (values.get(`field.${name}`) ?? '').trim() === '';
  return Object.hasOwn(properties, name) && required.includes(name) && isEmpty ? 'is missing' : detail;
};

/**
 * The payload that a form's fields make. What is not what its field is for stays a text: the check of the payload says
 * what is wrong with it. A field that is left empty is left out.
 */
export function payloadOf(schema: Schema, values: URLSearchParams): Record<string, unknown> {
  const entries = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const value = values.get(`field.${name}`) ?? '';
    if (value.trim() === '') return [];
    return [[name, parsed(kindOf(property), value)] as const];
  });
  return Object.fromEntries(entries);
}

function parsed(kind: Kind, text: string): unknown {
  if (kind === 'object') return text.trim();
  if (kind === 'text' || kind === 'choice') return text.replaceAll('\r\n', '\n');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
