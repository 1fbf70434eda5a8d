/** The last lines of a text that have no more than so many bytes. None, if the last one alone has more. */
export function lastLines(text: string, maxBytes: number): string {
  let rest = text;
  while (Buffer.byteLength(rest) > maxBytes) {
    const end = rest.indexOf('\n');
    if (end < 0) return '';
    rest = rest.slice(end + 1);
  }
  return rest;
}
