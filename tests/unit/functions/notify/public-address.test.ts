import { describe, expect, test } from '@jest/globals';
import { isPublicAddress } from '../../../../functions/notify/public-address.ts';

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '100.63.255.255',
  '100.128.0.1',
  '169.253.255.255',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:82a::200e',
];

const innerAddresses: readonly (readonly [string, string])[] = [
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['loopback', '127.0.0.1'],
  ['loopback, another', '127.255.255.254'],
  ['private 10', '10.0.0.1'],
  ['private 172.16', '172.16.0.1'],
  ['private 172.31', '172.31.255.255'],
  ['private 192.168', '192.168.1.1'],
  ['shared (CGNAT)', '100.64.0.1'],
  ['shared (CGNAT), its end', '100.127.255.255'],
  ['link-local', '169.254.0.1'],
  ['the metadata service', '169.254.169.254'],
  ['the credentials of containers', '169.254.170.2'],
  ['benchmark', '198.18.0.1'],
  ['benchmark, its end', '198.19.255.255'],
  ['documentation 1', '192.0.2.1'],
  ['documentation 2', '198.51.100.1'],
  ['documentation 3', '203.0.113.1'],
  ['protocol assignments', '192.0.0.8'],
  ['relay of 6to4', '192.88.99.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['IPv6 unspecified', '::'],
  ['IPv6 loopback', '::1'],
  ['IPv6 link-local', 'fe80::1'],
  ['IPv6 link-local with a zone', 'fe80::1%eth0'],
  ['IPv6 site-local', 'fec0::1'],
  ['IPv6 unique local', 'fd12:3456:789a::1'],
  ['the metadata service by IPv6', 'fd00:ec2::254'],
  ['IPv6 multicast', 'ff02::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped, a public one', '::ffff:1.1.1.1'],
  ['IPv4-mapped, in hexadecimal', '::ffff:a9fe:a9fe'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-translated', '::ffff:0:10.0.0.1'],
  ['NAT64', '64:ff9b::a9fe:a9fe'],
  ['NAT64, local', '64:ff9b:1::10.0.0.1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001:0:7f00:1::'],
  ['IPv6 benchmark', '2001:2::1'],
  ['ORCHID', '2001:20::1'],
  ['IPv6 documentation', '2001:db8::1'],
  ['IPv6 documentation, the new one', '3fff::1'],
  ['IPv6 discard', '100::1'],
  ['segment routing', '5f00::1'],
  ['not given out', '4000::1'],
];

describe('isPublicAddress', () => {
  test.each(publicAddresses)('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each(innerAddresses)('refuses %s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['', 'localhost', '1.1.1', '2130706433', '0x7f.1', '[::1]', '1.1.1.1/32'])(
    'refuses what is no address: "%s"',
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );
});
