/** Any value as a text: a text itself, JSON, or what it calls itself. Never throws. */
export function describeValue(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The texts of an error, which may have none, or such as throw when they are read. Never throws. */
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
