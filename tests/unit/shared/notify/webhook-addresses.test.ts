import { describe, expect, test } from '@jest/globals';
import { systemNetwork } from '../../../../shared/notify/network.ts';
import { isPublicAddress } from '../../../../shared/notify/post-request.ts';
import { hostsOf, RecordedNetwork, send } from '../../../set-ups/webhooks.ts';

const name = 'hooks.example.com';
/** Sends to an address. The name `hooks.example.com` has these addresses, at each look-up. */
async function sentTo(url: string, answers: readonly (readonly string[])[] = [['1.1.1.1']], hosts = '') {
  const network = new RecordedNetwork({ [name]: answers, 'xn--bcher-kva.example': answers, db: answers });
  const attempt = await send(url, { network, allowedHosts: hostsOf(hosts) });
  return {
    attempt,
    lookups: network.lookups,
    addresses: network.routes.flatMap(({ addresses }) => addresses),
  };
}

describe('no request reaches an inner address', () => {
  test.each([
    ['dotted', 'https://127.0.0.1/'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['hexadecimal', 'https://0x7f000001/'],
    ['short', 'https://10.1/'],
    ['in full-width characters', 'https://１０.０.０.１/'],
    ['the metadata service', 'https://169.254.169.254/latest/meta-data/iam/'],
    ['the metadata service, decimal', 'https://2852039166/'],
    ['zero', 'https://0.0.0.0/'],
    ['a private port', 'https://192.168.1.1:8443/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['IPv6 unspecified', 'https://[::]/'],
    ['IPv4-mapped', 'https://[::ffff:169.254.169.254]/'],
    ['IPv4-mapped, hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv4-compatible', 'https://[::7f00:1]/'],
    ['NAT64', 'https://[64:ff9b::a9fe:a9fe]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['unique local', 'https://[fd00:ec2::254]/'],
    ['localhost', 'https://localhost/'],
    ['localhost with a dot', 'https://localhost./'],
    ['a short name', 'https://db/'],
    ['a user name that looks like the host', `https://${name}@127.0.0.1/`],
    ['a password', `https://a:b@${name}/`],
    ['a host after a backslash', `https://127.0.0.1\\@${name}/`],
    ['a fragment that looks like the host', `https://127.0.0.1#@${name}/`],
    ['plain http', `http://${name}/`],
    ['the port of ssh', `https://${name}:22/`],
    ['a file', 'file:///etc/passwd'],
    ['a name with a dot at its end', `https://${name}./`],
  ])('by its address: %s', async (_what, url) => {
    const { attempt, lookups, addresses } = await sentTo(url);
    expect(attempt).toEqual({ kind: 'impossible', why: expect.stringMatching(/^the address must /) });
    expect([lookups, addresses]).toEqual([[], []]);
  });

  test.each([
    ['loopback', ['127.0.0.1']],
    ['private', ['10.0.0.1']],
    ['the metadata service', ['169.254.169.254']],
    ['shared', ['100.64.0.1']],
    ['unspecified', ['0.0.0.0']],
    ['IPv6 loopback', ['::1']],
    ['IPv6 link-local with a zone', ['fe80::1%2']],
    ['unique local', ['fd00:ec2::254']],
    ['IPv4-mapped', ['::ffff:10.0.0.1']],
    ['NAT64', ['64:ff9b::7f00:1']],
    ['6to4', ['2002:a00:1::']],
    ['public and private', ['1.1.1.1', '10.0.0.1']],
    ['private and public', ['10.0.0.1', '1.1.1.1']],
    ['public, by IPv6 not', ['1.1.1.1', '::1']],
    ['no address', ['evil']],
  ])('by what its name leads to: %s', async (_what, answer) => {
    const { attempt, lookups, addresses } = await sentTo(`https://${name}/`, [answer]);
    expect(attempt).toEqual({
      kind: 'failed',
      isDown: true,
      why: 'the host has an address that is not public',
    });
    expect([lookups, addresses]).toEqual([[name], []]);
  });

  test('by a name in Punycode', async () => {
    const { addresses } = await sentTo('https://bücher.example/', [['10.0.0.1']]);
    expect(addresses).toEqual([]);
  });

  test('by a name that leads elsewhere after it was checked: it is looked up once', async () => {
    const { attempt, lookups, addresses } = await sentTo(`https://${name}/`, [['1.1.1.1'], ['127.0.0.1']]);
    expect(lookups).toEqual([name]);
    expect(addresses).toEqual(['1.1.1.1']);
    expect(attempt).toEqual({ kind: 'failed', isDown: true, why: 'the connection was refused' });
  });
});

describe('a request', () => {
  test('goes to the checked addresses of its name, with TLS for that name', async () => {
    const network = new RecordedNetwork({ [name]: [['1.1.1.1', '2606:4700::1']] });
    await send(`https://${name}:8443/a?b=c`, { network });
    expect(network.routes).toEqual([
      { hostname: name, addresses: ['1.1.1.1', '2606:4700::1'], port: 8443, isSecure: true },
    ]);
    expect(network.routes.flatMap(({ addresses }) => addresses).every(isPublicAddress)).toBe(true);
  });

  test('fails if its name has no address', async () => {
    expect(await send('https://nowhere.example/')).toEqual({
      kind: 'failed',
      isDown: true,
      why: 'the host was not found',
    });
  });

  test.each([
    ['http://127.0.0.1:9000/', '127.0.0.1', ['127.0.0.1']],
    ['http://2130706433:9000/', '127.0.0.1', ['127.0.0.1']],
    ['https://db:5000/', 'db:5000', ['10.0.0.1']],
  ])('goes to an inner address that the stage allows: %s', async (url, hosts, expected) => {
    const { addresses } = await sentTo(url, [['10.0.0.1']], hosts);
    expect(addresses).toEqual(expected);
  });

  test('goes to an inner address by no other name or port than the stage allows', async () => {
    const { attempt } = await sentTo('https://db:5001/', [['10.0.0.1']], 'db:5000');
    expect(attempt.kind).toBe('impossible');
  });
});

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

describe('network', () => {
  test('a look-up finds all addresses of a name, in a form that can be checked', async () => {
    const found = await systemNetwork().lookup('localhost');
    expect(found.length).toBeGreaterThan(0);
    for (const address of found) expect(address).toMatch(/^(127\.\d+\.\d+\.\d+|::1)$/);
    expect(found.some(isPublicAddress)).toBe(false);
  });
});
