/** Any value as a text: a text as it is, else JSON, else its class. Never throws. */
export function describeValue(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Name and message of an error. It may have none, or getters that throw. Never throws. */
export const describeError = (error: Error): { readonly name: string; readonly message: string } => ({
  name: read(() => error.name),
  message: read(() => error.message),
});

function read(value: () => unknown): string {
  try {
    return describeValue(value());
  } catch {
    return 'unreadable';
  }
}
