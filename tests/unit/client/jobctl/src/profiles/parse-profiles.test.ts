import { expect, test } from '@jest/globals';
import { parseProfiles, profilesText } from '../../../../../../client/jobctl/src/profiles/parse-profiles.ts';

const url = 'https://jobs.example.com';
const withProfile = (profile: unknown, more: object = {}) =>
  JSON.stringify({ profiles: { prod: profile }, ...more });

test('what is written is read', () => {
  const profiles = {
    default: 'prod',
    profiles: new Map([
      ['prod', { url, key: 'sjw_1' }],
      ['a.b-c', { url }],
    ]),
  };
  expect(parseProfiles(profilesText(profiles))).toEqual(profiles);
});

test.each([
  ['', 'line 1 is no JSON'],
  [`{\n "profiles": {}`, 'line 2 is no JSON'],
  [`{\n "profiles": {\n  "prod": nothing\n }\n}`, 'line 3 is no JSON'],
  [`{\n "profiles": {\n  "prod": {"url": "${url}",}\n }\n}`, 'line 3 is no JSON'],
  ['[]', 'it is no JSON object'],
  ['{}', '`profiles` is no JSON object'],
  ['{"profiles": {}, "profile": "x"}', '`profile` is not known'],
  [withProfile('x'), '`profiles.prod` is no JSON object'],
  [withProfile({}), '`profiles.prod.url` is no address of an API'],
  [withProfile({ url: 'jobs.example.com' }), '`profiles.prod.url` is no address of an API'],
  [withProfile({ url, key: 7 }), '`profiles.prod.key` is no API key'],
  [withProfile({ url, key: '' }), '`profiles.prod.key` is no API key'],
  [withProfile({ url, key: 'a b' }), '`profiles.prod.key` is no API key'],
  [withProfile({ url, kye: 'sjw_1' }), '`profiles.prod.kye` is not known'],
  [withProfile({ url }, { default: 'dev' }), '`default` names no profile of it'],
  [withProfile({ url }, { default: 1 }), '`default` names no profile of it'],
  [`{"profiles": {"$(id)": {"url": "${url}"}}}`, '"$(id)" is no name of a profile'],
])('damage is named by its line or field: %s', (text, message) => {
  expect(() => parseProfiles(text)).toThrow(message);
});

test.each([
  '{"profiles": {"prod": {"key": "sjw_secret",}}}',
  '{"profiles": {"prod": {"key": sjw_secret}}}',
  '{"profiles": {"prod": {"key": "sjw_secret',
])('the error of a damaged file shows nothing of a key: %s', (text) => {
  expect(() => parseProfiles(text)).toThrow(/^line 1 is no JSON$/);
});
