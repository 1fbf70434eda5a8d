import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stateNameOf } from '../../../../../shared/domain/objects/stored-object.ts';
import {
  isObjectOf,
  uploadKeptUntil,
  uploadNameFor,
} from '../../../../../shared/domain/objects/upload-name.ts';
import { objectsOf, objectsOfState } from '../../../../../shared/domain/state/stored/item-objects.ts';
import { writeSavedSteps } from '../../../../../shared/domain/state/stored/saved-steps.ts';
import { textInObject } from '../../../../../shared/domain/state/stored/stored-text.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aFailedItem, anId, dayMs, uploadRules } from '../../../../set-ups/samples.ts';

describe('item objects', () => {
  test('objectsOf names every object that an item refers to, each once', () => {
    const item = aFailedItem({
      message: textInObject('messages/a'),
      messageObject: 'messages/a',
      checkpoint: textInObject('states/a'),
      resultObject: { name: 'results/a', bytes: 1, contentType: 'text/csv' },
      output: { contentType: 'text/csv', parts: [], digest: '', bytes: 1, tail: 'states/b' },
    });
    expect(objectsOf(item)).toEqual(['messages/a', 'states/a', 'states/b', 'results/a']);
  });

  test('objectsOf names the object of a message that the queue has now', () => {
    expect(objectsOf(aFailedItem({ message: undefined, messageObject: 'messages/a' }))).toEqual([
      'messages/a',
    ]);
  });

  test('objectsOf names none for texts that are in the item', () => {
    expect(objectsOf(aFailedItem({ checkpoint: '{"a":"@"}' }))).toEqual([]);
  });

  test('objectsOfState names those of the saved state alone', () => {
    const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 1, tail: 'states/b' };
    const steps = writeSavedSteps({ blocks: ['u'], records: [] });
    const owner = { tenant, id: anId(1) };
    expect(objectsOfState({ ...owner, checkpoint: textInObject('states/a'), output, steps })).toEqual([
      'states/a',
      'states/b',
      stateNameOf(owner, 'u'),
    ]);
    expect(objectsOfState({ ...owner, checkpoint: '1' })).toEqual([]);
  });
});

const tenant = 'a tenant';
const name = uploadNameFor({ tenant, id: anId(1), now: t0 }, uploadRules);
const keptUntil = (text: string, whose = tenant) => uploadKeptUntil(text, whose, uploadRules);
const today = Date.UTC(2026, 0, 2);

describe('the name of an upload', () => {
  test('says whose it is, and of which day, and that is all', () => {
    expect(name).toMatch(/^uploads\/[\w-]{22}\/2026-01-02\/00000000-0000-4000-9000-000000000001\.[\w-]{22}$/);
    expect(isObjectOf(name, tenant)).toBe(true);
    expect(name).not.toContain(tenant);
  });

  test('is known as its tenant’s, with the time until when the object is kept', () => {
    expect(keptUntil(name)).toBe(today + 30 * dayMs);
    expect(uploadKeptUntil(name, tenant, { ...uploadRules, retentionDays: 1 })).toBe(today + dayMs);
  });

  test('is nobody else’s', () => {
    expect(keptUntil(name, 'another tenant')).toBeUndefined();
    expect(uploadKeptUntil(name, tenant, { ...uploadRules, key: Buffer.from('another') })).toBeUndefined();
  });

  const mark = name.slice(-22);
  const [, prefix = '', day = '', rest = ''] = name.split('/');
  const others = uploadNameFor({ tenant: 'another tenant', id: anId(1), now: t0 }, uploadRules);
  test.each([
    ['nothing', ''],
    ['without its mark', name.slice(0, -23)],
    ['with a mark that was cut', name.slice(0, -1)],
    ['with another mark', `${name.slice(0, -22)}${'A'.repeat(22)}`],
    ['with another last character of the mark', `${name.slice(0, -1)}${name.endsWith('A') ? 'B' : 'A'}`],
    ['of a later day', name.replace(day, '2027-01-02')],
    ['of another id', name.replace(anId(1), anId(2))],
    ['with the prefix of another tenant', name.replace(prefix, others.split('/')[1] ?? '')],
    ['of another tenant', others],
    ['with a way out', `uploads/${prefix}/../${others.split('/').slice(1).join('/')}`],
    ['encoded', encodeURIComponent(name)],
    ['with an encoded slash', name.replace('/', '%2F')],
    ['absolute', `/${name}`],
    ['as a URL', `s3://bucket/${name}`],
    ['of another folder', name.replace('uploads/', 'results/')],
    ['twice', `${name}${name}`],
    ['with a line after it', `${name}\n`],
    ['with another case', name.toUpperCase()],
    ['with only its mark', mark],
    ['with an empty part', `uploads//${day}/${rest}`],
  ])('is none %s', (_what, text) => {
    expect(keptUntil(text)).toBeUndefined();
  });

  test('is no other text, whatever changes in it', () => {
    fc.assert(
      fc.property(fc.nat(name.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = name.slice(0, at) + character + name.slice(at + 1);
        expect(keptUntil(changed) !== undefined).toBe(changed === name);
      }),
    );
  });
});
