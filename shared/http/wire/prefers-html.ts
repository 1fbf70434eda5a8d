/**
 * Whether a client would rather have a page than JSON, by its `Accept` header (RFC 9110, section 12.5.1). A browser
 * would; a client that takes anything gets JSON.
 */
export function prefersHtml(accept = ''): boolean {
  const ranges = accept.split(',').map(rangeOf);
  const quality = (type: string): number => {
    const [main = ''] = type.split('/');
    const matching = [type, `${main}/*`, '*/*'].flatMap((name) =>
      ranges.filter((range) => range.name === name),
    );
    return matching[0]?.quality ?? 0;
  };
  return quality('text/html') > quality('application/json');
}

function rangeOf(text: string): { readonly name: string; readonly quality: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [, digits = '1'] =
    /^q=(\d(?:\.\d{0,3})?)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '') ?? [];
  return { name, quality: Number(digits) };
}
