import { foreign, type Html, html } from '../html/html.ts';

interface UploadField {
  readonly id: string;
  readonly name: string;
  /** What the field is called in the payload. */
  readonly label: string;
  readonly required: boolean;
  readonly value: string;
  /** What is wrong with it, in an element of the id `<id>-error`. */
  readonly error: Html | false;
}

/** How to upload without a script. */
const byHand = `upload=$(curl -s $api/uploads -H "authorization: Bearer $key" -H 'content-type: application/json' \\
  -d "{\\"bytes\\": $(stat -c %s data.csv), \\"contentType\\": \\"text/csv\\"}")
curl -X PUT --data-binary @data.csv -H 'content-type: text/csv' -H 'if-none-match: *' \\
  "$(jq -r .upload.url <<<$upload)"
jq -r .object <<<$upload`;

/**
 * A field for an object: a file, which upload.js uploads and which is hidden without it, or the name of an object that
 * was uploaded before.
 */
export const uploadField = ({ id, name, label, required, value, error }: UploadField): Html =>
  html`<fieldset class="field">
<legend>${foreign(label)}${!required && html` <span class="faint">optional</span>`}</legend>
<div data-upload="${id}" hidden><label for="${id}-file">A file</label>
<p class="faint hint" id="${id}-file-hint">It is uploaded when you submit. At most 5 GB.</p>
<input type="file" id="${id}-file" aria-describedby="${id}-file-hint"></div>
<label for="${id}">The name of an uploaded object</label>
<input id="${id}" name="${name}" class="mono" autocomplete="off" spellcheck="false" value="${value}" ${error && html`aria-invalid="true" aria-describedby="${id}-error"`}>
${error}
<details><summary>Upload with curl</summary><pre class="scroll" tabindex="0">${byHand}</pre></details>
</fieldset>`;

/** Where upload.js shows how far it is. */
export const uploadProgress: Html = html`<div data-uploading hidden><label for="uploaded">Upload</label>
<progress id="uploaded" max="100" value="0"></progress>
<button type="button" class="quiet">Cancel the upload</button></div>
<p data-upload-words aria-live="polite"></p>`;
