import { importedBy, namedBy, ourFiles, textOf } from '../source-graph.ts';
import { always, gates, levels, starts, ways } from './shortcuts.ts';

/** A test file, and the files that lead from it to what has changed. */
export interface Reached {
  readonly test: string;
  readonly way: readonly string[];
}

export const testFiles = (): readonly string[] =>
  ourFiles.filter((name) => name.endsWith('.test.ts') && levelOf(name) !== undefined);

export const levelOf = (test: string) =>
  levels.find((level) => ['', 'examples/'].some((folder) => test.startsWith(`${folder}tests/${level}/`)));

/** What starts a system for tests and knows all of it, or has words of many tests: it says nothing about one. */
const common =
  /^tests\/(system\/|changed\/|infra\/changed|set-ups\/|project-copy|kept-output|local-aws|integration\/(system|functions|mappings|http-system|attacked-system|local-\w+)\.ts)/;

/** What a test loads of `tests/`, and of the tests of the samples. */
function partsOf(test: string): ReadonlySet<string> {
  const parts = new Set([test]);
  for (const part of parts)
    for (const name of importedBy(part)) if (/^(examples\/)?tests\//.test(name)) parts.add(name);
  return parts;
}

/** What Jest runs before the tests of a level, if there is such a file. */
const setUpOf = (test: string): string => `tests/${levelOf(test)}/start.ts`;

const reaches = new Map<string, ReadonlyMap<string, string>>();

/** @returns each file that a test can reach, and from which file it gets there */
export function reachOf(test: string): ReadonlyMap<string, string> {
  const reach = reaches.get(test) ?? findReach(test);
  reaches.set(test, reach);
  return reach;
}

function findReach(test: string): ReadonlyMap<string, string> {
  const parts = partsOf(test);
  const words = [...parts]
    .filter((name) => !common.test(name))
    .map(textOf)
    .join('\n');
  const closed = gates.filter(
    (gate) => (gate.tests?.test(test) ?? true) && !(gate.words?.test(words) ?? false),
  );
  // Tests of the engine and of the samples have job types of their own.
  const foreign = test.startsWith('examples/') ? 'tests/job-types/' : 'examples/';
  const isOpen = (from: string, to: string) =>
    !to.startsWith(foreign) && !closed.some((gate) => gate.from.test(from) && gate.to.test(to));
  const started = starts.filter((start) => start.words.test(words)).flatMap(({ files }) => files);
  const reached = new Map([test, setUpOf(test), ...started].map((name) => [name, test]));
  // A map also brings what is added while it is read.
  for (const from of reached.keys())
    for (const to of [...namedBy(from), ...(ways[from] ?? [])])
      if (!reached.has(to) && isOpen(from, to)) reached.set(to, from);
  return reached;
}

/** @returns the tests that can reach one of these files */
export function testsOf(changed: readonly string[]): readonly Reached[] {
  return testFiles().flatMap((test) => {
    if (always.includes(test)) return [{ test, way: [] }];
    const reached = reachOf(test);
    // What ends with a slash is a folder.
    const found = [...reached.keys()].find((name) =>
      changed.some((each) => (name.endsWith('/') ? each.startsWith(name) : each === name)),
    );
    return found === undefined ? [] : [{ test, way: wayTo(found, reached) }];
  });
}

function wayTo(file: string, reached: ReadonlyMap<string, string>): readonly string[] {
  const from = reached.get(file);
  return from === undefined || from === file ? [] : [...wayTo(from, reached), file];
}
