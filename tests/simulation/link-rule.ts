import { type AskedByLink, readLink } from '../../shared/domain/access/signal-link.ts';
import { InMemoryAccessStore } from '../../testkit/fakes/in-memory-access-store.ts';
import { aLinksEntry } from '../set-ups/access.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const entry = aLinksEntry();

/** A link opens the wait that it was made for, and a mail that is sent again has the same link. */
export class LinkRule {
  readonly #world: World;
  readonly access = new InMemoryAccessStore();
  /** By the job's id. */
  readonly #mailed = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
    this.access.put(entry);
  }

  onMailed(id: string, link: string): void {
    const before = this.#mailed.get(id) ?? link;
    if (before !== link)
      throw new Violation('a mail that is sent again has the same link', `${before}, then ${link}`);
    this.#mailed.set(id, link);
  }

  isMailed(id: string): boolean {
    return this.#mailed.has(id);
  }

  /** Follows the link in the mail, as the page does that it leads to. @returns what it asks for */
  open(id: string): AskedByLink {
    const link = this.#mailed.get(id);
    if (link === undefined) throw new Violation('who is asked has a link', id);
    const { pathname, searchParams } = new URL(link);
    const [, , , job = '', , name = ''] = pathname.split('/');
    const asked = { id: job, name, key: searchParams.get('key') ?? name };
    const found = readLink(searchParams.get('link') ?? '', asked, entry);
    const item = this.#world.table.items.get(job);
    if (
      job !== id ||
      !found ||
      found.createdAt !== item?.createdAt ||
      found.expiresAt <= this.#world.time.now
    )
      throw new Violation('a link opens the wait that it was made for', `${link} of ${id}`);
    return asked;
  }
}

/** The secret of links as a mutant has it. */
export const otherSecret = aLinksEntry({ secret: 'x'.repeat(43) });
