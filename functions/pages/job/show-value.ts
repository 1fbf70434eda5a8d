import { foreign, type Html, html } from '../html/html.ts';

const maxRows = 50;
const maxColumns = 12;
const maxText = 2_000;
const maxDepth = 4;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A result as people read it: a table for rows, keys and values for an object, and the rest as text. */
export function showValue(value: unknown, depth = 0): Html {
  if (depth >= maxDepth) return json(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return html`<span class="faint">an empty list</span>`;
    return value.every(isRecord) ? table(value, depth) : list(value, depth);
  }
  if (isRecord(value)) return keysAndValues(value, depth);
  return scalar(value);
}

function scalar(value: unknown): Html {
  if (value === null) return html`<span class="faint">null</span>`;
  if (typeof value !== 'string') return html`<code>${String(value)}</code>`;
  if (value === '') return html`<span class="faint">an empty text</span>`;
  if (value.length > maxText)
    return html`${foreign(value.slice(0, maxText).toWellFormed())}<span class="faint"> … ${value.length - maxText} characters more</span>`;
  return foreign(value.toWellFormed());
}

const json = (value: unknown): Html =>
  html`<code>${JSON.stringify(value).slice(0, maxText).toWellFormed()}</code>`;

function table(rows: readonly Readonly<Record<string, unknown>>[], depth: number): Html {
  const columns = [...new Set(rows.slice(0, maxRows).flatMap(Object.keys))].slice(0, maxColumns);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${foreign(column)}</th>`)}</tr></thead>
<tbody>${rows
    .slice(0, maxRows)
    .map(
      (row) =>
        html`<tr>${columns.map((column) => html`<td>${Object.hasOwn(row, column) ? showValue(row[column], depth + 1) : ''}</td>`)}</tr>`,
    )}</tbody>
</table></div>${more(rows.length, 'rows')}`;
}

const isShort = (value: unknown): boolean => typeof value !== 'object' && String(value).length <= 20;

const list = (values: readonly unknown[], depth: number): Html =>
  values.every(isShort) ? inLine(values) : lines(values, depth);

const inLine = (values: readonly unknown[]): Html =>
  html`${values.slice(0, maxRows).map((value, index) => html`${index > 0 && ', '}${scalar(value)}`)}${more(values.length, 'entries')}`;

const lines = (values: readonly unknown[], depth: number): Html =>
  html`<ul>${values.slice(0, maxRows).map((value) => html`<li>${showValue(value, depth + 1)}</li>`)}</ul>${more(values.length, 'entries')}`;

function keysAndValues(value: Readonly<Record<string, unknown>>, depth: number): Html {
  const entries = Object.entries(value);
  if (entries.length === 0) return html`<span class="faint">an empty object</span>`;
  return html`<dl class="values">${entries
    .slice(0, maxRows)
    .map(
      ([key, inner]) => html`<dt>${foreign(key)}</dt><dd>${showValue(inner, depth + 1)}</dd>`,
    )}</dl>${more(entries.length, 'keys')}`;
}

const more = (count: number, what: string): Html | false =>
  count > maxRows && html`<p class="faint">The first ${maxRows} of ${count} ${what}.</p>`;
