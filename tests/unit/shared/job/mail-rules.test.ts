import { describe, expect, test } from '@jest/globals';
import { isPlainAddress, mayMail, readMailRules } from '../../../../shared/job/mail-rules.ts';

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
    const { rules } = readMailRules('acme=*');
    expect(mayMail('acme', address, rules)).toBe(false);
  });
});

describe('the rules', () => {
  const { rules } = readMailRules(
    'acme=example.com, globex=Ops@Example.ORG,*=staff.example.net, shop=*, a=b=example.com',
  );

  test.each([
    ['acme', 'jane@example.com'],
    ['acme', 'JANE@EXAMPLE.COM'],
    ['globex', 'ops@example.org'],
    ['anybody', 'jane@staff.example.net'],
    ['shop', 'anyone@anywhere.example'],
    ['a=b', 'jane@example.com'],
  ])('allow %s to mail to %s', (tenant, address) => {
    expect(mayMail(tenant, address, rules)).toBe(true);
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
  ])('do not allow %s to mail to %s', (tenant, address) => {
    expect(mayMail(tenant, address, rules)).toBe(false);
  });

  test.each(['', ' ', ' , ,'])('allow nobody if they are %j', (list) => {
    expect(readMailRules(list)).toEqual({ rules: [], wrong: [] });
    expect(mayMail('acme', 'jane@example.com', [])).toBe(false);
  });

  test.each([
    'example.com',
    '=example.com',
    'acme=',
    'acme',
    'acme=example.com;globex=example.org',
    'acme=example.com globex=example.org',
    'acme=localhost',
    'acme=@example.com',
    'acme=*.example.com',
    'acme=evil@evil.example@example.com',
    'acme=xn--exmple-4nf.com',
    '*=*',
  ])('have a wrong entry in %j, which allows nothing', (entry) => {
    expect(readMailRules(`globex=example.org,${entry}`)).toEqual({
      rules: [{ tenant: 'globex', to: 'example.org' }],
      wrong: [entry],
    });
  });
});
