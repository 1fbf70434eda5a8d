import { LinkSecretMissingError } from '../base/errors.ts';
import { type LinksEntry, linksId } from './access-entry.ts';
import type { AccessStore } from './ports.ts';
import { type AskedByLink, type LinkTerms, signLink } from './signal-link.ts';

interface LinkDependencies {
  readonly entries: AccessStore;
  /** Where people find the API, without a slash at its end. */
  readonly apiUrl: string;
}

/** Makes the links whose holders answer a job without an account. */
export class SignalLinks {
  readonly #deps: LinkDependencies;

  constructor(deps: LinkDependencies) {
    this.#deps = deps;
  }

  /** @throws StoreUnavailableError, LinkSecretMissingError */
  async make(asked: AskedByLink, terms: LinkTerms): Promise<string> {
    const { entries, apiUrl } = this.#deps;
    const link = signLink(asked, terms, await linksEntryOf(entries));
    return `${apiUrl}${pathOfLink(asked, link)}`;
  }
}

/** The address of the page with the form. */
export function pathOfLink({ id, name, key, about, as }: AskedByLink, link: string): string {
  const query = [
    ...(key === name ? [] : [`key=${encodeURIComponent(key)}`]),
    ...(about === undefined ? [] : [`about=${encodeURIComponent(about)}`]),
    ...(as === undefined ? [] : [`as=${encodeURIComponent(as)}`]),
    `link=${link}`,
  ];
  return `/ui/jobs/${id}/signals/${encodeURIComponent(name)}?${query.join('&')}`;
}

/** What links are signed with. @throws StoreUnavailableError, LinkSecretMissingError */
export async function linksEntryOf(entries: AccessStore): Promise<LinksEntry> {
  const entry = await entries.read(linksId);
  if (entry?.kind === 'links') return entry;
  throw new LinkSecretMissingError(
    'the access table has no secret for links; deploy the stage, or run: npm run keys -- init',
  );
}
