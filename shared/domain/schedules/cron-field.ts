/** A field of a cron: what it is called, and what it may have. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from `min` on, in capital letters. */
  readonly names?: readonly string[];
}

/** Sorted, each value once. */
export type CronValues = readonly number[];

/** The first thing that is wrong with a field, and what to write. It does not leave this file. */
class FieldError extends Error {}

const range = (from: number, to: number, step = 1): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

/** @returns the values of a field's text, or what is wrong with it and what to write in its place */
export function readCronField(text: string, field: CronField): CronValues | string {
  try {
    return [...new Set(text.split(',').flatMap((item) => readItem(item, field)))].sort((a, b) => a - b);
  } catch (error) {
    if (error instanceof FieldError) return `the ${field.name} is "${text}": ${error.message}`;
    throw error;
  }
}

/** `*`, a value, a range, or one of the first and the last with a step. */
function readItem(item: string, field: CronField): readonly number[] {
  const [span = '', step, ...more] = item.split('/');
  if (more.length > 0) throw new FieldError('it has more than one step. Write one, such as */15.');
  const [from, to] = readSpan(span, field);
  if (step === undefined) return range(from, to);
  if (span !== '*' && !span.includes('-'))
    throw new FieldError(`a step needs a range. Write ${span}-${field.max}/${step}, or ${span} alone.`);
  return range(from, to, readStep(step, to - from));
}

function readSpan(span: string, field: CronField): readonly [number, number] {
  if (span === '*') return [field.min, field.max];
  const [first = '', last, ...more] = span.split('-');
  if (more.length > 0)
    throw new FieldError(`${span} is no range. Write one, such as ${field.min}-${field.max}.`);
  const from = readValue(first, field);
  const to = last === undefined ? from : readValue(last, field);
  if (from > to) throw new FieldError(`${span} runs backwards. Write ${forwards(from, to, field)}.`);
  return [from, to];
}

/** A range that passes the end of the week, the day or the year, in two parts. */
function forwards(from: number, to: number, { min, max, names }: CronField): string {
  const last = names === undefined ? max : min + names.length - 1;
  const part = (start: number, end: number): string => (start === end ? `${start}` : `${start}-${end}`);
  return `${part(min, to)},${part(from, last)}`;
}

function readValue(text: string, { min, max, names = [] }: CronField): number {
  const named = names.indexOf(text.toUpperCase());
  if (named !== -1) return min + named;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const words = names.length > 0 ? ` or ${names[0]} to ${names.at(-1)},` : '';
  const special = /[?LW#]/i.test(text) ? ' L, W, # and ? are not of this cron.' : '';
  throw new FieldError(`"${text}" is no value. Use ${min} to ${max},${words} or *.${special}`);
}

function readStep(text: string, span: number): number {
  const step = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (step >= 1 && step <= span) return step;
  if (step > span) throw new FieldError(`a step of ${step} leaves the first value only. Write that alone.`);
  throw new FieldError(`"${text}" is no step. Use a whole number, at least 1.`);
}
