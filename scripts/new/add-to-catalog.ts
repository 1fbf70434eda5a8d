import type { NewType } from './check-type-name.ts';

/** A file that lists job types, and how a line of it looks. */
export interface Catalog {
  readonly path: string;
  /** The import of a type, as seen from this file. */
  readonly importLine: (type: NewType) => string;
  /** What comes before the lines, and after them. Each is a whole line. */
  readonly begin: RegExp;
  readonly end: string;
}

const contractsCatalog: Catalog = {
  path: 'job-types/contracts.ts',
  importLine: ({ name, identifier }) => `import { ${identifier} } from './${name}/contract.ts';`,
  begin: /^export const contracts = \{$/m,
  end: '} satisfies Contracts;',
};

const handlerImport = ({ name, identifier }: NewType): string =>
  `import { ${identifier} } from '../${name}/handler.ts';`;

const handlerCatalogs: Readonly<Record<NewType['queue'], Catalog>> = {
  standard: {
    path: 'job-types/handlers/standard.ts',
    importLine: handlerImport,
    begin: /^export const standardHandlers\b.*\{$/m,
    end: '};',
  },
  long: {
    path: 'job-types/handlers/long.ts',
    importLine: handlerImport,
    begin: /^export const longHandlers\b.*=> \(\{$/m,
    end: '});',
  },
  server: {
    path: 'job-types/handlers/server.ts',
    importLine: handlerImport,
    begin: /^export const serverHandlers\b.*\{$/m,
    end: '};',
  },
};

/** The two catalogs that a type belongs into. */
export const catalogsOf = ({ queue }: NewType): readonly Catalog[] => [
  contractsCatalog,
  handlerCatalogs[queue],
];

/** How a type is listed in each catalog. */
export const catalogLine = ({ name, identifier }: NewType): string =>
  name === identifier ? `  ${name},` : `  '${name}': ${identifier},`;

/** Whether the catalog has the name, or uses the identifier for something else. Comments do not count. */
export function isTaken(source: string, { name, identifier }: NewType): boolean {
  const code = source.replace(/\/\*.*?\*\//gs, '').replace(/^\s*\/\/.*$/gm, '');
  const identifiers: readonly string[] = code.replace(/'[^'\n]*'/g, '').match(/[\w$]+/g) ?? [];
  return identifiers.includes(identifier) || code.includes(`'${name}'`);
}

/** The catalog with the type, or undefined if it does not look as expected. Imports are not sorted. */
export function addToCatalog(text: string, catalog: Catalog, type: NewType): string | undefined {
  // A catalog without types is written in one line.
  const source = text.replace(/\{\};$/m, '{\n};');
  const begin = catalog.begin.exec(source);
  if (!begin) return undefined;
  const from = begin.index + begin[0].length + 1;
  const to = source.indexOf(`\n${catalog.end}\n`, from - 1) + 1;
  if (to === 0) return undefined;
  const lines = source.slice(from, to);
  const at = from + placeIn(lines, type.name);
  return [
    `${catalog.importLine(type)}\n`,
    source.slice(0, at),
    `${catalogLine(type)}\n`,
    source.slice(at),
  ].join('');
}

/** Where the line keeps the order of the alphabet. If anything but lines of types is there: at the end. */
function placeIn(lines: string, name: string): number {
  const names = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => /^ {2}'?([a-z0-9-]+)'?[:,]/.exec(line)?.[1]);
  if (names.includes(undefined)) return lines.length;
  const before = names.findIndex((each = '') => each > name);
  if (before === -1) return lines.length;
  return lines.split('\n').slice(0, before).join('\n').length + (before === 0 ? 0 : 1);
}
