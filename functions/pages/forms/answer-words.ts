import { type choiceOf, labelOf, wordOf, wordsOfAnswer } from '../../../shared/http/wire/answer-words.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { errorOf, type FieldErrors, hintFor } from './form-fields.ts';
import type { Schema } from './form-hints.ts';

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

/** @param errors of all fields */
export function choiceButtons(
  { name, property, values }: NonNullable<ReturnType<typeof choiceOf<Schema>>>,
  asking: Asking,
  errors: FieldErrors,
): Html {
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
  const { chosen, facts } = wordsOfAnswer(schema, value);
  const [whole] = facts;
  return {
    title: chosen === undefined ? title : `${title}: ${chosen}`,
    text:
      whole?.[0] === ''
        ? html`<p class="message">${foreign(whole[1])}</p>`
        : facts.length > 0 &&
          html`<dl class="facts">${facts.map(([label, text]) => html`<dt>${foreign(label)}</dt><dd class="message">${foreign(text)}</dd>`)}</dl>`,
  };
}
