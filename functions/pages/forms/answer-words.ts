import { foreign, type Html, html } from '../html/html.ts';
import { errorOf, type FieldErrors, hasFields, hintFor, kindOf } from './form-fields.ts';
import { labelOf, type Schema, wordOf } from './form-hints.ts';

/** What is asked, in the words of the contract and of the job. */
export interface Asking {
  readonly schema: Schema;
  /** What the job has said when it began to wait. */
  readonly question?: string | undefined;
  /** What the job has said when it made the link. */
  readonly about?: string | undefined;
}

/** What is asked of people who look at the page of a link, or at the form. */
export const sentences = ({ question, about }: Omit<Asking, 'schema'>): Html =>
  html`${about !== undefined && about !== question && html`<p>${foreign(about)}</p>`}${question !== undefined && html`<p><strong id="asks">${foreign(question)}</strong></p>`}`;

interface Choice {
  /** Of the field; undefined if the answer is the choice itself. */
  readonly name: string | undefined;
  readonly property: Schema;
  readonly values: readonly unknown[];
}

/** What has more is a list. */
const maxButtons = 5;

function valuesOf(property: Schema): readonly unknown[] | undefined {
  const kind = kindOf(property);
  if (kind === 'boolean') return [true, false];
  return kind === 'choice' && property.enum && property.enum.length <= maxButtons ? property.enum : undefined;
}

/**
 * The one choice that buttons make, which send the form: that of its one boolean, or of a form that has nothing else.
 * What may be left out is no such choice.
 */
export function choiceOf(schema: Schema): Choice | undefined {
  if (!hasFields(schema)) {
    const values = valuesOf(schema);
    return values && { name: undefined, property: schema, values };
  }
  const all = Object.entries(schema.properties ?? {});
  const [only, another] = all.length === 1 ? all : all.filter(([, one]) => kindOf(one) === 'boolean');
  if (!only || another) return undefined;
  const [name, property] = only;
  const values = schema.required?.includes(name) ? valuesOf(property) : undefined;
  return values && { name, property, values };
}

/** @param errors of all fields */
export function choiceButtons({ name, property, values }: Choice, asking: Asking, errors: FieldErrors): Html {
  // Where the question is said, the name of a field says nothing more.
  const hasQuestion = asking.question !== undefined && property.title === undefined;
  const label = labelOf(name ?? '', property);
  const error = name !== undefined && errorOf(name, errors);
  const hint = name !== undefined && hintFor(property);
  return html`<div class="field">
${!hasQuestion && label !== '' && html`<strong id="choice">${foreign(label)}</strong>`}
${hint && html`<p class="faint hint">${hint}</p>`}
<div class="buttons" role="group" aria-labelledby="${hasQuestion ? 'asks' : label === '' ? 'title' : 'choice'}" ${error && html`aria-describedby="field-${name}-error"`}>${values.map(
    (value) =>
      html`<button name="${name === undefined ? 'json' : `field.${name}`}" value="${name === undefined ? JSON.stringify(value) : String(value)}">${wordOf(property, value)}</button>`,
  )}</div>
${error}
</div>`;
}

/** What was answered, in the words of the form. @param value without what is secret; undefined if it is not at hand */
export function answered(
  schema: Schema,
  value: unknown,
): { readonly title: string; readonly text: Html | false } {
  const title = 'Answered';
  if (value === undefined) return { title, text: false };
  const choice = choiceOf(schema);
  const entries = choice?.name === undefined ? [] : entriesOf(value);
  const chosen = choice && (choice.name === undefined ? value : Object.fromEntries(entries)[choice.name]);
  if (choice?.values.includes(chosen)) {
    const others = entries.filter(([name]) => name !== choice.name);
    return { title: `${title}: ${wordOf(choice.property, chosen)}`, text: facts(schema, others) };
  }
  return {
    title,
    text: facts(schema, entriesOf(value)) || html`<p class="message">${said(schema, value)}</p>`,
  };
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

const facts = ({ properties = {} }: Schema, entries: readonly (readonly [string, unknown])[]): Html | false =>
  entries.length > 0 &&
  html`<dl class="facts">${entries.map(([name, value]) => html`<dt>${foreign(labelOf(name, properties[name] ?? {}))}</dt><dd class="message">${said(properties[name] ?? {}, value)}</dd>`)}</dl>`;

const said = (property: Schema, value: unknown): Html =>
  foreign(typeof value === 'object' ? JSON.stringify(value) : wordOf(property, value));
