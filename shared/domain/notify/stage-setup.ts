import type { NotifyTarget } from './notification.ts';
import { allowedHostsIn } from './webhook-url.ts';

/** What a stage is set up for: by its parameters, and by what it knows of its tenants. */
export interface StageSetup {
  /** The names of the parameters that have a value. */
  readonly given: ReadonlySet<string>;
  /** Hosts that webhooks may go to although they are not public. */
  readonly allowedHosts: readonly string[];
  /** To where a tenant may send mail. @throws StoreUnavailableError */
  mailPlacesOf(tenant: string): Promise<readonly string[]>;
  /** Who is told of the end of each job whose submission names nobody. */
  readonly notify: readonly NotifyTarget[];
}

interface SetupTexts {
  /**
   * The names of the parameters that have a value, of those that job types and notifications need: separated by spaces.
   */
  readonly SETUP: string;
  readonly WEBHOOK_HOSTS: string;
  readonly NOTIFY: string;
}

export const readStageSetup = (
  { SETUP, WEBHOOK_HOSTS, NOTIFY }: SetupTexts,
  mailPlacesOf: StageSetup['mailPlacesOf'],
): StageSetup => ({
  given: new Set(SETUP.split(' ').filter((name) => name !== '')),
  allowedHosts: allowedHostsIn(WEBHOOK_HOSTS),
  mailPlacesOf,
  notify: readTargets(NOTIFY),
});

/** The targets of a comma list of web addresses, mail addresses and the word `event`. */
export const readTargets = (list: string): readonly NotifyTarget[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      if (entry === 'event') return { event: true };
      return entry.includes('://') ? { url: entry } : { email: entry };
    });

/** To whom these targets send mail, in lower case. */
export const mailAddressesIn = (targets: readonly NotifyTarget[]): readonly string[] =>
  targets.flatMap((target) => ('email' in target ? [target.email.toLowerCase()] : []));
