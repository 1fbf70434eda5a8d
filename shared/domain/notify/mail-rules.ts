/**
 * Which addresses a tenant may send mail to. The stage says so: a comma list of `TENANT=WHERE`, in which WHERE is an
 * address, a domain, or `*` for every address, and `*` as the tenant stands for all tenants.
 */

const domain = '(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\\.)+[A-Za-z]{2,63}';

/**
 * A plain address: no display name, no quotes, no comment, no second `@`, nothing but ASCII. A domain in Punycode (`xn--`)
 * is none, nor has any other a double hyphen: what a person reads is what the mail goes to. Line breaks do not match.
 */
export const plainAddress = new RegExp(`^[\\w'+-]+(?:\\.[\\w'+-]+)*@${domain}$`);
/** RFC 5321 has room for so many characters. */
export const maxAddressLength = 254;

const plainDomain = new RegExp(`^${domain}$`);

export const isPlainAddress = (text: string): boolean =>
  text.length <= maxAddressLength && plainAddress.test(text);

/** One entry of the list, the address or domain in lower case. */
export interface MailRule {
  readonly tenant: string;
  readonly to: string;
}

export type MailRules = readonly MailRule[];

/** As a tenant, it stands for all of them, and as an address for every one. */
const any = '*';
export const anyTenant = any;
/** Without what separates entries elsewhere: it would be taken for a part of the tenant's name. */
const tenantForm = /^[^\s;]+$/;

/** @returns undefined if it is not of the form. `*=*` is not: a stage is no open relay */
function readMailRule(entry: string): MailRule | undefined {
  // A tenant may have the character in its name. An address that has it is not plain.
  const at = entry.lastIndexOf('=');
  const tenant = entry.slice(0, at).trim();
  const to = entry
    .slice(at + 1)
    .trim()
    .toLowerCase();
  if (at === -1 || !tenantForm.test(tenant)) return undefined;
  const isWhere = to === any ? tenant !== any : isPlainAddress(to) || plainDomain.test(to);
  return isWhere ? { tenant, to } : undefined;
}

/** Reads the stage's list. Without an entry nobody may send mail. @returns also the entries with a wrong form */
export function readMailRules(list: string): {
  readonly rules: MailRules;
  readonly wrong: readonly string[];
} {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return {
    rules: entries.flatMap((entry) => readMailRule(entry) ?? []),
    wrong: entries.filter((entry) => readMailRule(entry) === undefined),
  };
}

/** Whether a tenant may send mail to an address. A domain stands for itself, not for the domains below it. */
export function mayMail(tenant: string, address: string, rules: MailRules): boolean {
  if (!isPlainAddress(address)) return false;
  const to = address.toLowerCase();
  const domainOfIt = to.slice(to.indexOf('@') + 1);
  return rules.some(
    (rule) =>
      (rule.tenant === any || rule.tenant === tenant) &&
      (rule.to === any || rule.to === to || rule.to === domainOfIt),
  );
}
