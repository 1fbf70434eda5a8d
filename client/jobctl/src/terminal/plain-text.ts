/**
 * A text of somebody else as one line for a terminal. What a job reports could otherwise move the cursor or set the
 * title of the window: control characters, and those that turn the direction of writing.
 */
export const plainText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ').trim();

/** The same of a text of many lines, which keeps them and its tabs. It may come in pieces. */
export async function* plainLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield withoutControls(decoder.decode(chunk, { stream: true }));
  yield withoutControls(decoder.decode());
}

const withoutControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour is one
const colour = /(\u001b\[[\d;]*m)/;

/** The same of a line that this command has coloured. */
export const colouredText = (line: string): string =>
  line
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : withoutControls(part)))
    .join('');

/** The same as `plainText`, of so many characters at most. */
export function shortText(text: string, max: number): string {
  const plain = plainText(text);
  const characters = [...plain];
  return characters.length <= max ? plain : `${characters.slice(0, max - 1).join('')}…`;
}

/**
 * JSON that a terminal does not obey either: `JSON.stringify` leaves the control characters from U+007F on as they are.
 */
export const jsonText = (value: unknown, indent?: number): string =>
  (JSON.stringify(value, null, indent) ?? 'null').replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
