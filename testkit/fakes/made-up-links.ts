import type { SignalLinks } from '../../shared/domain/access/signal-links.ts';
import { pathOfLink } from '../../shared/domain/access/signal-links.ts';

/** Links that lead nowhere. They are the same in every attempt, whatever the time is. */
export const madeUpLinks: Pick<SignalLinks, 'make'> = {
  make: async (asked) => `https://jobs.example${pathOfLink(asked, 'made-up')}`,
};
