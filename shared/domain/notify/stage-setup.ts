import { type MailRules, readMailRules } from './mail-rules.ts';
import type { NotifyTarget } from './notification.ts';
import { allowedHostsIn } from './webhook-url.ts';

/** What a stage is set up for, by its parameters. */
export interface StageSetup {
  /** The names of the parameters that have a value. */
  readonly given: ReadonlySet<string>;
  /** Hosts that webhooks may go to although they are not public. */
  readonly allowedHosts: readonly string[];
  readonly mailRules: MailRules;
  /** Who is told of the end of each job whose submission names nobody. */
  readonly notify: readonly NotifyTarget[];
}

interface SetupTexts {
  /** The names of the parameters that have a value, of those that job types and notifications need: separated by spaces. */
  readonly SETUP: string;
  readonly WEBHOOK_HOSTS: string;
  readonly MAIL_TO: string;
  readonly NOTIFY: string;
}

export const readStageSetup = ({ SETUP, WEBHOOK_HOSTS, MAIL_TO, NOTIFY }: SetupTexts): StageSetup => ({
  given: new Set(SETUP.split(' ').filter((name) => name !== '')),
  allowedHosts: allowedHostsIn(WEBHOOK_HOSTS),
  mailRules: readMailRules(MAIL_TO).rules,
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
