import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readLink, signLink } from '../../../../../shared/domain/access/signal-link.ts';
import { linksEntryOf, pathOfLink, SignalLinks } from '../../../../../shared/domain/access/signal-links.ts';
import { LinkSecretMissingError } from '../../../../../shared/domain/base/errors.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { aLinksEntry } from '../../../../set-ups/access.ts';
import { anId, jobId } from '../../../../set-ups/samples.ts';

const entry = aLinksEntry();
const asked = { id: jobId, name: 'approve', key: 'turn-1', about: 'Order 17' };
const wholeSecond = Math.ceil(t0 / 1000) * 1000;
const terms = { createdAt: t0, expiresAt: wholeSecond + 60_000 };
const token = signLink(asked, terms, entry);
const [end = '', created = '', signature = ''] = token.split('.');

describe('the token of a link', () => {
  test('says of which job it is, and until when it is good', () => {
    expect(readLink(token, asked, entry)).toEqual(terms);
  });

  test('is good until the end of its last second', () => {
    const precise = signLink(asked, { ...terms, expiresAt: wholeSecond + 60_001 }, entry);
    expect(readLink(precise, asked, entry)?.expiresAt).toBe(wholeSecond + 61_000);
  });

  test.each([
    ['job', { id: anId(7) }],
    ['signal', { name: 'refuse' }],
    ['wait', { key: 'turn-2' }],
    ['matter', { about: 'Order 18' }],
    ['matter, which is not said', { about: undefined }],
    ['person', { as: 'eve' }],
    ['person, of what was said', { about: undefined, as: 'Order 17' }],
  ])('is not good for another %s', (_what, over) => {
    expect(readLink(token, { ...asked, ...over }, entry)).toBeUndefined();
  });

  test('is for one person, if it names one', () => {
    const eves = signLink({ ...asked, as: 'eve' }, terms, entry);
    expect(readLink(eves, { ...asked, as: 'eve' }, entry)).toEqual(terms);
    for (const as of ['bob', '', undefined]) expect(readLink(eves, { ...asked, as }, entry)).toBeUndefined();
  });

  test('that names nobody is what it was before links named people: mails have some', () => {
    expect(token).toBe('t87v8i.mjwaidke.jRSF-OlkKfqNqd8171SO2Y22jsKlUUyJudtJ_KeLLNk');
  });

  test('is not good under another secret', () => {
    const other = aLinksEntry({ secret: 'x'.repeat(43) });
    expect(readLink(token, asked, other)).toBeUndefined();
  });

  test.each([
    ['with a later end', `${end}z.${created}.${signature}`],
    ['of another job of the id', `${end}.${(t0 + 1).toString(36)}.${signature}`],
    ['without a signature', `${end}.${created}.`],
    ['cut', token.slice(0, -1)],
    ['longer', `${token}A`],
    ['of a grant', `20000.${created}.${signature}`],
    ['empty', ''],
  ])('that is %s is none', (_what, text) => {
    expect(readLink(text, asked, entry)).toBeUndefined();
  });

  test('has one way to write it: no other last character is the same signature', () => {
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    const good = characters.filter((each) => readLink(token.slice(0, -1) + each, asked, entry));
    expect(good).toEqual([token.at(-1)]);
  });

  test('keeps apart texts that could be read as one another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (name, key, other, about) => {
        fc.pre(name !== other);
        const one = signLink({ id: jobId, name, key, about }, terms, entry);
        expect(readLink(one, { id: jobId, name: other, key, about }, entry)).toBeUndefined();
        expect(readLink(one, { id: jobId, name: `${name}${key}`, key: '', about }, entry)).toEqual(
          key === '' ? terms : undefined,
        );
      }),
    );
  });
});

describe('the address of a link', () => {
  const store = new InMemoryAccessStore();
  const links = new SignalLinks({ entries: store, apiUrl: 'https://jobs.example/api' });

  test('has what the link is for, and the token in its query, which no log has', async () => {
    store.put(entry);
    expect(await links.make(asked, terms)).toBe(
      `https://jobs.example/api/ui/jobs/${jobId}/signals/approve?key=turn-1&about=Order%2017&link=${token}`,
    );
  });

  test('has no key that is the name of the signal', () => {
    expect(pathOfLink({ ...asked, key: 'approve', about: undefined }, 'a-token')).toBe(
      `/ui/jobs/${jobId}/signals/approve?link=a-token`,
    );
  });

  test('has the person that it is for', () => {
    expect(pathOfLink({ ...asked, key: 'approve', about: undefined, as: 'Eve & co' }, 'a-token')).toBe(
      `/ui/jobs/${jobId}/signals/approve?as=Eve%20%26%20co&link=a-token`,
    );
  });

  test('cannot be made without a secret', async () => {
    await expect(linksEntryOf(new InMemoryAccessStore())).rejects.toThrow(LinkSecretMissingError);
  });
});
