const word = /(?:[^\s"'\\]|\\.?|"(?:[^"\\]|\\.?)*"?|'[^']*'?)+/gs;
const quoted = /\\(.?)|"((?:[^"\\]|\\.?)*)"?|'([^']*)'?/gs;

/**
 * The words of an unfinished command line, as a shell would read them, without expanding anything. The last one is the word
 * that is being typed: empty after a space.
 */
export function splitLine(line: string): readonly string[] {
  const found = [...line.matchAll(word)];
  const last = found.at(-1);
  const isOpen = last !== undefined && last.index + last[0].length === line.length;
  return [...found.map(([text]) => plain(text)), ...(isOpen ? [] : [''])];
}

const plain = (text: string): string =>
  text.replace(
    quoted,
    (_, escaped?: string, double?: string, single?: string) =>
      escaped ?? double?.replace(/\\(.?)/gs, '$1') ?? single ?? '',
  );
