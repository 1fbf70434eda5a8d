const domain = '(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\\.)+[A-Za-z]{2,63}';

/**
 * A plain address: no display name, no quotes, no comment, no second `@`, nothing but ASCII. A domain in Punycode
 * (`xn--`) is none, nor has any other a double hyphen: what a person reads is what the mail goes to. Line breaks do not
 * match.
 */
export const plainAddress = new RegExp(`^[\\w'+-]+(?:\\.[\\w'+-]+)*@${domain}$`);
/** RFC 5321 has room for so many characters. */
export const maxAddressLength = 254;

const plainDomain = new RegExp(`^${domain}$`);

export const isPlainAddress = (text: string): boolean =>
  text.length <= maxAddressLength && plainAddress.test(text);

/** As a place to which a tenant may send mail, it stands for every address. */
export const anyAddress = '*';

/**
 * A place to which a tenant may send mail, in lower case. @returns undefined if it is no address, no domain and not `*`
 */
export function readMailPlace(text: string): string | undefined {
  const place = text.toLowerCase();
  return place === anyAddress || isPlainAddress(place) || plainDomain.test(place) ? place : undefined;
}

/** Whether one of the places has the address. A domain stands for itself, not for the domains below it. */
export function mayMail(address: string, places: readonly string[]): boolean {
  if (!isPlainAddress(address)) return false;
  const to = address.toLowerCase();
  const domainOfIt = to.slice(to.indexOf('@') + 1);
  return [anyAddress, to, domainOfIt].some((place) => places.includes(place));
}
