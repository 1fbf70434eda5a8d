import { expect, test } from '@jest/globals';
import { bucketSettingsOf } from '../../../infra/bucket-settings.ts';

const parameters = { cors: '', tableDeletionPolicy: 'Retain', uploadRetentionDays: 7, retentionDays: '40' };

const own = 'https://own.example';
const expiryOf = (prefix: string, given: object) =>
  bucketSettingsOf({ ...parameters, ...given }, [own]).LifecycleConfiguration.Rules.find(
    ({ Prefix }) => Prefix === prefix,
  )?.ExpirationInDays;

test.each([
  ['Retain', { Status: 'Enabled' }],
  ['RetainExceptOnCreate', { Status: 'Enabled' }],
  ['Delete', undefined],
])('with the deletion policy %s, versions are %p', (tableDeletionPolicy, expected) => {
  const { VersioningConfiguration } = bucketSettingsOf({ ...parameters, tableDeletionPolicy }, [own]);
  expect(VersioningConfiguration).toEqual(expected);
});

test('uploads expire when the stage says, and results after every job that has one, also if numbers are texts', () => {
  expect(expiryOf('uploads/', {})).toBe(7);
  expect(expiryOf('uploads/', { uploadRetentionDays: '9' })).toBe(9);
  expect(expiryOf('results/', {})).toBe(48);
  expect(expiryOf('results/', { retentionDays: 15 })).toBe(23);
});

test('messages and states expire after every job that may need them: one may sleep for a year, and be kept then', () => {
  expect(expiryOf('messages/ended/', {})).toBe(41);
  expect(expiryOf('messages/waiting/', {})).toBe(407);
  expect(expiryOf('states/', { retentionDays: 15 })).toBe(382);
});

const ExposedHeaders = ['ETag', 'Content-Range', 'Accept-Ranges'];
const rulesFor = (cors: string) =>
  bucketSettingsOf({ ...parameters, cors }, [own]).CorsConfiguration.CorsRules;

test.each([
  ['', [own]],
  [' https://a.example , *', [own, 'https://a.example', '*']],
])("the stage's own pages are answered, and those that `cors` names: %j", (cors, AllowedOrigins) => {
  expect(rulesFor(cors)[0]).toEqual({
    AllowedOrigins,
    AllowedMethods: ['PUT', 'GET', 'HEAD'],
    AllowedHeaders: ['content-type', 'content-length', 'if-none-match', 'range'],
    ExposedHeaders,
    MaxAge: 3600,
  });
});

test('what was redirected may be read, since its origin is `null`, if other pages may call the API', () => {
  const [, ...more] = rulesFor('https://a.example');
  expect(more).toEqual([
    {
      AllowedOrigins: ['*'],
      AllowedMethods: ['GET', 'HEAD'],
      AllowedHeaders: ['range'],
      ExposedHeaders,
      MaxAge: 3600,
    },
  ]);
  expect(rulesFor('')).toHaveLength(1);
});
