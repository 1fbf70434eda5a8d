import { SourceMap } from 'node:module';
import * as z from 'zod/mini';
import { readJson } from '../../domain/base/read-json.ts';
import { RecentMap } from '../../domain/base/recent-map.ts';
import type { LogLine, SourceMaps } from '../../domain/observe/log-line.ts';
import { readableStack } from '../../domain/observe/stack-frames.ts';

/** A place in a bundle, by the name that infra/packaging/source-maps.cjs has given it. */
const place = /\b([A-Za-z][\w-]{0,60}\.[0-9a-f]{16}\.mjs):(\d{1,7}):(\d{1,9})/g;
const kept = z.object({
  version: z.literal(3),
  sources: z.array(z.string()),
  names: z.array(z.string()),
  mappings: z.string(),
});
/** A map takes some megabytes when it is read. */
const maxMaps = 3;

type InText = (text: string) => string;

/**
 * Reads the maps of the bundles that a text names, and returns what puts places of the source in place of theirs. Made
 * once for a process: it keeps the maps that were used last.
 */
export function placeMapper(maps: SourceMaps): (text: string) => Promise<InText> {
  const known = new RecentMap<string, SourceMap>(maxMaps);

  async function find(bundle: string): Promise<SourceMap | undefined> {
    const text = known.has(bundle) ? undefined : await maps.read(bundle);
    const map = known.get(bundle) ?? readMap(text);
    if (!map) return undefined;
    known.set(bundle, map);
    return map;
  }

  return async (text) => {
    // A handler may log whatever it wants, and each name is a read.
    const bundles = [...new Set([...text.matchAll(place)].map(([, bundle = '']) => bundle))].slice(
      0,
      maxMaps,
    );
    const mapOf = new Map(await Promise.all(bundles.map(async (name) => [name, await find(name)] as const)));
    return (some) =>
      some.replaceAll(place, (asIs, bundle: string, line: string, column: string) => {
        const map = mapOf.get(bundle);
        return (map && sourceAt(map, Number(line), Number(column))) ?? asIs;
      });
  };
}

/**
 * Puts places of the source in place of those of bundles, as far as there are maps, and leaves of stacks what is of a
 * user's code.
 */
export type MapStacks = (lines: readonly LogLine[]) => Promise<readonly LogLine[]>;

/** The same for all that lines say. */
export function stackMapper(maps: SourceMaps): MapStacks {
  const mapperFor = placeMapper(maps);
  return async (lines) => {
    const inText = await mapperFor(JSON.stringify(lines));
    return lines.map((line) => mappedLine(line, inText));
  };
}

/** What is no map is as good as none. */
function readMap(text: string | undefined): SourceMap | undefined {
  if (text === undefined) return undefined;
  try {
    const map = kept.parse(readJson(text));
    return new SourceMap({ ...map, file: '', sourceRoot: '', sourcesContent: [] });
  } catch {
    return undefined;
  }
}

/** Stacks count from 1, maps from 0. */
function sourceAt(map: SourceMap, line: number, column: number): string | undefined {
  const found = map.findEntry(line - 1, column - 1);
  // Of a place after the last line it finds the last entry.
  if (!('originalSource' in found) || found.generatedLine !== line - 1) return undefined;
  return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}

const mappedLine = ({ message, fields, ...line }: LogLine, inText: InText): LogLine => ({
  ...line,
  message: inText(message),
  ...(fields === undefined ? {} : { fields: mappedFields(fields, inText) }),
});

const mappedFields = (fields: object, inText: InText): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const shown = mapped(value, inText);
      return [name, name === 'stack' && typeof shown === 'string' ? readableStack(shown) : shown];
    }),
  );

function mapped(value: unknown, inText: InText): unknown {
  if (typeof value === 'string') return inText(value);
  if (Array.isArray(value)) return value.map((each) => mapped(each, inText));
  return typeof value === 'object' && value !== null ? mappedFields(value, inText) : value;
}
