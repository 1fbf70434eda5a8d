/** The text is not JSON. The runtime's own error would quote it, and it may have a secret. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';
}

/** @throws NotJsonError */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJsonError('not JSON');
  }
}
