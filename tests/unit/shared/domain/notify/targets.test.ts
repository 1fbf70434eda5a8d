import { describe, expect, test } from '@jest/globals';
import { mailPlacesOf } from '../../../../../shared/domain/access/mail-places.ts';
import { problemOfRecipient } from '../../../../../shared/domain/notify/check-recipient.ts';
import {
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../../shared/domain/notify/mail-ports.ts';
import {
  anyAddress,
  isPlainAddress,
  mayMail,
  readMailPlace,
} from '../../../../../shared/domain/notify/mail-rules.ts';
import {
  mailAddressesIn,
  readStageSetup,
  readTargets,
} from '../../../../../shared/domain/notify/stage-setup.ts';
import { allowedHostsIn, webhookUrlProblem } from '../../../../../shared/domain/notify/webhook-url.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { InMemoryMailer } from '../../../../../testkit/fakes/in-memory-mailer.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { aTenantEntry } from '../../../../set-ups/access.ts';

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
    [`https://hooks.example.com/${'x'.repeat(2_048)}`, 'must have at most 2048 bytes'],
    [`https://hooks.example.com/${'ü'.repeat(1_024)}`, 'must have at most 2048 bytes'],
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

describe('a plain address', () => {
  test.each([
    'jane@example.com',
    'jane.doe+orders@mail.example.co.uk',
    "o'brien@example.com",
    'Jane_Doe-1@EXAMPLE.com',
    '1@a-b.example',
  ])('is %s', (address) => {
    expect(isPlainAddress(address)).toBe(true);
  });

  test.each([
    [''],
    ['jane'],
    ['@example.com'],
    ['jane@'],
    ['jane@localhost'],
    ['jane@127.0.0.1'],
    ['jane@[127.0.0.1]'],
    ['jane@.com'],
    ['jane@example.'],
    ['jane@example..com'],
    ['jane@-example.com'],
    ['jane@example-.com'],
    ['.jane@example.com'],
    ['jane.@example.com'],
    ['jane..doe@example.com'],
    ['evil@evil.example@example.com'],
    ['evil@evil.example,jane@example.com'],
    ['evil@evil.example;jane@example.com'],
    ['"evil@evil.example"@example.com'],
    ['"jane doe"@example.com'],
    ['Jane <jane@example.com>'],
    ['<jane@example.com>'],
    ['jane(comment)@example.com'],
    ['jane%evil.example@example.com'],
    ['evil.example!jane@example.com'],
    [' jane@example.com'],
    ['jane@example.com '],
    ['jane@example.com\n'],
    ['jane@example.com\r\nBcc: evil@evil.example'],
    ['jane\u0000@example.com'],
    ['jane@exam\u0000ple.com'],
    ['jäne@example.com'],
    ['jane@exаmple.com'], // the second a is Cyrillic
    ['jane@xn--exmple-4nf.com'],
    ['jane@example.xn--p1ai'],
    ['jane@example。com'], // an ideographic full stop
    ['jane@ｅxample.com'],
    [`${'j'.repeat(250)}@example.com`],
  ])('is not %j', (address) => {
    expect(isPlainAddress(address)).toBe(false);
    expect(mayMail(address, [anyAddress])).toBe(false);
  });
});

describe('the places', () => {
  const store = new InMemoryAccessStore();
  const allowed: readonly (readonly [string, string])[] = [
    ['acme', 'example.com'],
    ['globex', 'Ops@Example.ORG'],
    ['*', 'staff.example.net'],
    ['shop', '*'],
    ['a=b', 'example.com'],
  ];
  for (const [tenant, place] of allowed) store.put(aTenantEntry(tenant, [readMailPlace(place) ?? '']));
  const may = async (tenant: string, address: string) => mayMail(address, await mailPlacesOf(tenant, store));

  test.each([
    ['acme', 'jane@example.com'],
    ['acme', 'JANE@EXAMPLE.COM'],
    ['globex', 'ops@example.org'],
    ['anybody', 'jane@staff.example.net'],
    ['shop', 'anyone@anywhere.example'],
    ['a=b', 'jane@example.com'],
  ])('allow %s to mail to %s', async (tenant, address) => {
    expect(await may(tenant, address)).toBe(true);
  });

  test.each([
    ['globex', 'jane@example.com'],
    ['globex', 'other@example.org'],
    ['Acme', 'jane@example.com'],
    ['acme', 'jane@sub.example.com'],
    ['acme', 'jane@notexample.com'],
    ['acme', 'jane@example.com.evil.example'],
    ['acme', 'example.com@evil.example'],
    ['acme', 'ops@example.org'],
    ['*', 'jane@example.com'],
    ['a', 'jane@example.com'],
    ['anybody', 'anyone@anywhere.example'],
  ])('do not allow %s to mail to %s', async (tenant, address) => {
    expect(await may(tenant, address)).toBe(false);
  });

  test('allow nobody if there are none', () => {
    expect(mayMail('jane@example.com', [])).toBe(false);
  });

  test.each([
    '',
    ' ',
    'acme=example.com',
    'example.com;example.org',
    'example.com example.org',
    'localhost',
    '@example.com',
    '*.example.com',
    '**',
    'evil@evil.example@example.com',
    'xn--exmple-4nf.com',
  ])('are not %j', (text) => {
    expect(readMailPlace(text)).toBeUndefined();
  });
});

const places = ['example.com'];
const mailer = new InMemoryMailer();
mailer.suppressed.add('gone@example.com');

describe('check recipient', () => {
  const log = recordedLog();

  test.each([
    ['jane@example.com', undefined],
    ['gone@example.com', 'suppressed'],
    ['jane@example.org', 'not allowed'],
  ] as const)('the problem of %s is: %s', async (to, problem) => {
    expect(await problemOfRecipient({ to, places }, { mailer, log })).toBe(problem);
  });

  test.each([new MailThrottledError('no'), new MailUnavailableError('no'), new MailRefusedError('no')])(
    'no mail may be sent after a look-up that ended with %s',
    async (error) => {
      const failing = new InMemoryMailer();
      failing.lookUpError = error;
      const checking = problemOfRecipient({ to: 'jane@example.com', places }, { mailer: failing, log });
      await expect(checking).rejects.toBe(error);
    },
  );

  test('an address that is not allowed is not looked up', async () => {
    const asked: string[] = [];
    const asking = {
      isSuppressed: async (address: string) => {
        asked.push(address);
        return false;
      },
    };
    await problemOfRecipient({ to: 'jane@example.org', places }, { mailer: asking, log });
    await problemOfRecipient({ to: 'jane@example.com', places }, { mailer: asking, log });
    expect(asked).toEqual(['jane@example.com']);
  });
});

describe('stage setup', () => {
  test('a stage is set up for what its parameters have a value for', async () => {
    const setup = readStageSetup(
      {
        SETUP: 'mailFrom role queue',
        WEBHOOK_HOSTS: 'localhost, Hooks.Internal:8080',
        NOTIFY: 'event, https://a.example/?b=c, Ada@example.com',
      },
      async (tenant) => [`${tenant}.example`],
    );
    expect([...setup.given]).toEqual(['mailFrom', 'role', 'queue']);
    expect(setup.allowedHosts).toEqual(['localhost', 'hooks.internal:8080']);
    expect(await setup.mailPlacesOf('acme')).toEqual(['acme.example']);
    expect(mailAddressesIn(setup.notify)).toEqual(['ada@example.com']);
    expect(setup.notify).toEqual([
      { event: true },
      { url: 'https://a.example/?b=c' },
      { email: 'Ada@example.com' },
    ]);
  });

  test('an empty list of targets has none', () => {
    expect(readTargets(' , ')).toEqual([]);
  });
});
