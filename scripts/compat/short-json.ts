const maxText = 40;
const maxItems = 3;
const maxLength = 160;

/** A value for people: JSON, with long texts and lists cut. */
export function shortJson(value: unknown): string {
  const text = JSON.stringify(shortened(value)) ?? 'nothing';
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length <= maxText ? value : `${value.slice(0, 10)}… (${value.length} characters)`;
  if (Array.isArray(value)) {
    const items = value.slice(0, maxItems).map(shortened);
    return value.length <= maxItems ? items : [...items, `… (${value.length} items)`];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [shortKey(key), shortened(inner)]));
}

const shortKey = (key: string): string => String(shortened(key));
