/** Any value as a text: a text itself, JSON, or what it calls itself. Never throws. */
export function describeValue(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}
