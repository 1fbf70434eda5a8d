import { describe, expect, test } from '@jest/globals';
import { allowedHostsIn, webhookUrlProblem } from '../../../../shared/job/webhook-url.ts';

const problem = (url: string, hosts = '') => webhookUrlProblem(url, allowedHostsIn(hosts));

describe('an address of a webhook', () => {
  test.each([
    'https://hooks.example.com',
    'https://hooks.example.com/a/path?token=1#part',
    'https://HOOKS.example.com:443/',
    'https://hooks.example.com:8443/',
    'https://xn--bcher-kva.example/',
    'https://bücher.example/',
    'https://localhost.example.com/',
    'https://10.0.0.1.nip.io/',
  ])('may be %s', (url) => {
    expect(problem(url)).toBeUndefined();
  });

  test.each([
    ['hooks.example.com/jobs', 'must be an absolute URL'],
    ['/jobs', 'must be an absolute URL'],
    ['https://', 'must be an absolute URL'],
    ['https://1.2.3.4.5/', 'must be an absolute URL'],
    ['https://256.256.256.256/', 'must be an absolute URL'],
    ['http://hooks.example.com/', 'must begin with https://'],
    ['ftp://hooks.example.com/', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['https://user@hooks.example.com/', 'must have no user name and no password'],
    ['https://:secret@hooks.example.com/', 'must have no user name and no password'],
    ['https://hooks.example.com:22/', 'must have the port 443, or one from 1024 on'],
    ['https://hooks.example.com:80/', 'must have the port 443, or one from 1024 on'],
    ['https://hooks.example.com./', 'must have a host that does not end in a dot'],
    ['https://localhost./', 'must have a host that does not end in a dot'],
    ['https://localhost/', 'must have a public host'],
    ['https://LOCALHOST/', 'must have a public host'],
    ['https://api.localhost/', 'must have a public host'],
    ['https://db/', 'must have a public host'],
    ['https://db.internal/', 'must have a public host'],
    ['https://printer.local/', 'must have a public host'],
    [`https://hooks.example.com/${'x'.repeat(2_048)}`, 'must have at most 2048 characters'],
  ])('may not be %.60s', (url, expected) => {
    expect(problem(url)).toBe(expected);
  });

  // `URL` writes them all as the same address.
  test.each([
    ['dotted', 'https://127.0.0.1/'],
    ['dotted, with a dot at its end', 'https://127.0.0.1./'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['octal, in one number', 'https://017700000001/'],
    ['hexadecimal', 'https://0x7f.0x0.0x0.0x1/'],
    ['hexadecimal, in one number', 'https://0x7f000001/'],
    ['short', 'https://127.1/'],
    ['zero', 'https://0/'],
    ['in full-width characters', 'https://１２７.０.０.１/'],
    ['with full-width dots', 'https://127。0。0。1/'],
    ['in percent encoding', 'https://%31%32%37.0.0.1/'],
    ['of the metadata service', 'https://169.254.169.254/latest/meta-data/'],
    ['public', 'https://1.1.1.1/'],
    ['IPv6', 'https://[::1]/'],
    ['IPv6, mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv6, public', 'https://[2606:4700:4700::1111]/'],
  ])('may not be an IP address, %s', (_what, url) => {
    expect(problem(url)).toBe('must have a name as its host, not an IP address');
  });
});

describe('a host that the stage allows', () => {
  test.each([
    ['http://localhost:9000/hook', 'localhost'],
    ['http://127.0.0.1:9000/hook', 'localhost, 127.0.0.1'],
    ['http://127.1:9000/hook', '127.0.0.1'],
    ['https://hooks.internal/', 'hooks.internal'],
    ['https://hooks.internal:22/', 'HOOKS.internal:22'],
    ['http://hooks.internal/', 'hooks.internal:80'],
    ['https://hooks.internal/', 'hooks.internal:443'],
  ])('may be inner, and plain http: %s with %s', (url, hosts) => {
    expect(problem(url, hosts)).toBeUndefined();
  });

  test.each([
    ['http://localhost:9000/', 'localhost:9001'],
    ['http://localhost.evil.example/', 'localhost'],
    ['http://evil.example/#localhost', 'localhost'],
    ['http://localhost@evil.example/', 'localhost'],
    ['http://user:secret@localhost/', 'localhost'],
    ['ftp://localhost/', 'localhost'],
    ['http://a.hooks.internal/', 'hooks.internal'],
    ['http://localhost/', ''],
    ['http://localhost/', ',,'],
  ])('allows no other one: %s with %s', (url, hosts) => {
    expect(problem(url, hosts)).toBeDefined();
  });
});
