import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of IPv6, IANA has given out no other addresses than these for the public network. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether an IP address is one of the public network. Not public are private, loopback, link-local (with the metadata
 * service), unique local, multicast, shared (CGNAT), benchmark, documentation and reserved addresses. Neither are forms
 * that stand for an IPv4 address: mapped, compatible, 6to4, Teredo, NAT64.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv6 ? address.match(globalUnicast) : true;
}
