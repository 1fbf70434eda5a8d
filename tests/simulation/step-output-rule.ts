import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import { resultsOf } from './step-rule.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** One line of an output. What two tries of a step write of it is not the same. */
export const stepLine = (key: string, place: number, by: string): string => `${key}/${place} by ${by};`;

/** The keys of the steps that write. Such a step returns how many lines it has written, before all else. */
export const pageKey = (page: number): string => `page ${page}`;
const isPage = (key: string): boolean => key.startsWith('page ');

/** @throws Violation unless each step has written all of its lines, by one try, and nothing is between them */
export function requirePages(text: string, pages: ReadonlyMap<string, number>): void {
  const lines = text.split(';').slice(0, -1);
  const keys = [...new Set(lines.map((line) => line.split('/')[0] ?? ''))];
  const expected = keys.flatMap((key) => {
    const by = lines.find((line) => line.startsWith(`${key}/`))?.split(' by ')[1] ?? '';
    return Array.from({ length: pages.get(key) ?? 0 }, (_, place) => stepLine(key, place, by));
  });
  if (expected.join('') !== text || [...pages.keys()].some((key) => !keys.includes(key)))
    throw new Violation('an output has what its steps have written, once', `${[...pages.keys()]}: ${text}`);
}

/** What a job with steps has written is stored with the steps that have written it, and only grows. */
export class StepOutputRule {
  readonly #world: World;
  readonly #texts = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  onWrite({ write, after }: Effect): void {
    if (after.steps === undefined) return;
    const results = [...resultsOf(after, this.#world.bucket.objects)].filter(([key]) => isPage(key));
    const text = this.#textOf(after);
    if (results.length === 0 || text === undefined) return;
    requirePages(text, new Map(results.map(([key, result]) => [key, linesOf(result)])));
    const before = this.#texts.get(after.id) ?? '';
    if (!text.startsWith(before))
      throw new Violation(
        'what was read of an output stays',
        `${before} became ${text}: ${write.transition}`,
      );
    this.#texts.set(after.id, text);
  }

  /** @returns undefined if its upload is completed, and its parts can be seen no more */
  #textOf({ output }: JobItem): string | undefined {
    if (!output) return '';
    const { bucket, multipart } = this.#world;
    const parts = output.upload ? multipart.bytesOf(output.upload, output.parts) : [];
    const tail = output.tail === undefined ? [] : [bucket.objects.get(output.tail) ?? new Uint8Array()];
    return parts && Buffer.concat([...parts, ...tail]).toString('utf8');
  }
}

const linesOf = (result: string): number => Number(/\d+/.exec(result)?.[0] ?? 0);
