import { hasFields } from '../../../shared/http/wire/answer-words.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { type FieldErrors, fields, takesFiles } from './form-fields.ts';
import { exampleOf, type Schema } from './form-hints.ts';
import { uploadProgress } from './upload-field.ts';

interface SubmitView {
  readonly type: string;
  readonly schema: Schema;
  readonly values: URLSearchParams;
  /** By JSON pointer in the payload; '' for the payload itself. */
  readonly errors: FieldErrors;
}

/** A form for a job of a type, made of the schema of its payload, and another for JSON. */
export function submitPage({ type, schema, values, errors }: SubmitView): Html {
  const asJson = values.has('json') || !hasFields(schema);
  const whole = errors.get('');
  return html`<div class="form"><h1>New job: ${foreign(type)}</h1>
${errors.size > 0 && html`<p class="error" role="alert">${whole ? foreign(whole) : 'Something is not valid. It is explained at its field.'}</p>`}
${
  hasFields(schema) &&
  html`<form method="post" action="/ui/job-types/${encodeURIComponent(type)}" class="stacked">
${fields(schema, values, asJson ? new Map() : errors)}
${takesFiles(schema) && uploadProgress}
<button>Submit</button>
</form>`
}
<details class="json" ${asJson && html`open`}><summary>Write the payload as JSON</summary>
<form method="post" action="/ui/job-types/${encodeURIComponent(type)}" class="stacked">
<label for="json">Payload</label>
<textarea id="json" name="json" rows="10" class="mono" spellcheck="false" ${asJson && errors.size > 0 && html`aria-invalid="true" aria-describedby="json-error"`}>${values.get('json') ?? JSON.stringify(exampleOf(schema), null, 2)}</textarea>
${asJson && errors.size > 0 && html`<ul class="error" id="json-error">${[...errors].map(([pointer, detail]) => html`<li><code>${pointer || '/'}</code> ${foreign(detail)}</li>`)}</ul>`}
<button>Submit</button>
</form>
<details><summary>The schema</summary><pre class="scroll" tabindex="0">${JSON.stringify(schema, null, 2)}</pre></details>
</details></div>`;
}
