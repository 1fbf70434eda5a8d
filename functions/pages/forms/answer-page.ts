import { choiceOf, hasFields } from '../../../shared/http/wire/answer-words.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { whenExactly } from '../html/words.ts';
import { choiceButtons, sentences } from './answer-words.ts';
import { type FieldErrors, fields, takesFiles } from './form-fields.ts';
import { exampleOf, type Schema } from './form-hints.ts';
import { uploadProgress } from './upload-field.ts';

/** What a person who has only a link sees beside the form. */
export interface LinkView {
  /** Of the page, with the link. */
  readonly path: string;
  /** What the question is about, as the job has said it. */
  readonly about: string | undefined;
  /** Until when the link is good, ISO 8601. */
  readonly until: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

interface AnswerView {
  readonly job: { readonly id: string; readonly type: string };
  readonly name: string;
  /** That of the wait. */
  readonly key: string;
  readonly schema: Schema;
  /** What the job has said when it began to wait. */
  readonly question: string | undefined;
  readonly values: URLSearchParams;
  /** By JSON pointer in the answer; '' for the answer itself. */
  readonly errors: FieldErrors;
  readonly link?: LinkView | undefined;
}

/** What people read of a signal: its title in the contract, or else its name and the type of the job. */
export const titleOf = ({ name, schema }: Pick<AnswerView, 'name' | 'schema'>, type: string): string =>
  typeof schema.title === 'string' ? schema.title : `${name}: ${type}`;

/** A form for an answer to a job, made of its schema; one for JSON where it has no fields. */
export function answerPage({ job, name, key, schema, question, values, errors, link }: AnswerView): Html {
  const whole = errors.get('');
  const action =
    link?.path ?? `/ui/jobs/${job.id}/signals/${encodeURIComponent(name)}?key=${encodeURIComponent(key)}`;
  const isWrong = errors.size > 0;
  const choice = choiceOf(schema);
  const asking = { schema, question, about: link?.about };
  return html`<div class="form"><h1 id="title">${foreign(titleOf({ name, schema }, job.type))}</h1>
${typeof schema.description === 'string' && html`<p>${foreign(schema.description)}</p>`}
${sentences(asking)}
${
  link
    ? byLink({ name, key, schema, question, link })
    : html`<p>An answer to the job <a class="mono" href="/ui/jobs/${job.id}">${job.id}</a>${key !== name && html`, as <span class="mono">${foreign(key)}</span>`}. It is sent once, and cannot be changed.</p>`
}
${isWrong && html`<p class="error" role="alert">${whole ? foreign(whole) : 'Something is not valid. It is explained at its field.'}</p>`}
<form method="post" action="${action}" class="stacked">
${
  hasFields(schema)
    ? html`${choice && noDefault}${fields(without(schema, choice?.name), values, errors)}${takesFiles(schema) && !link && uploadProgress}`
    : !choice &&
      html`<label for="json">Answer, as JSON</label>
<textarea id="json" name="json" rows="6" class="mono" spellcheck="false" ${isWrong && html`aria-invalid="true"`}>${values.get('json') ?? JSON.stringify(exampleOf(schema), null, 2)}</textarea>`
}
${choice ? choiceButtons(choice, asking, errors) : html`<button>Send</button>`}
</form></div>`;
}

/** Where the contract or the job says what is asked, it need not be said that something is. */
function byLink({
  name,
  key,
  schema,
  question,
  link: { until, now },
}: Pick<AnswerView, 'name' | 'key' | 'schema' | 'question'> & { readonly link: LinkView }): Html {
  const isSaid = typeof schema.title === 'string' || question !== undefined;
  const asked = html`A job waits for an answer${key !== name && html` to <span class="mono">${foreign(key)}</span>`}. `;
  return html`<p>${!isSaid && asked}The answer is sent once, and cannot be changed. Everybody who has this link can send it, ${whenExactly(until, now)} at the latest.</p>`;
}

/** The Enter key in a field presses the first button of a form. None of those that answer is meant by that. */
const noDefault = html`<button class="hidden" aria-hidden="true" disabled data-off></button>`;

const without = ({ properties, ...schema }: Schema, name: string | undefined): Schema => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(properties ?? {}).filter(([one]) => one !== name)),
});
