/** A piece of HTML that is safe to be put into a page. Only `html` makes one. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const textOf = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? character);
};

/**
 * A tagged template that escapes all that is put into it, but what `html` has made itself. Nothing stands for
 * `undefined` and `false`. An attribute's value must be in double quotes.
 */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.map((text, index) => text + textOf(parts[index])).join(''));

/** Text that somebody else wrote: it may run from right to left, and must not turn what is around it. */
export const foreign = (text: string): Html => html`<bdi>${text}</bdi>`;
