import { expect, test } from '@jest/globals';
import { bucketSettingsOf } from '../../../infra/bucket-settings.ts';

const parameters = { cors: '', tableDeletionPolicy: 'Retain', uploadRetentionDays: 7, retentionDays: '40' };

const expiryOf = (prefix: string, given: object) =>
  bucketSettingsOf({ ...parameters, ...given }).LifecycleConfiguration.Rules.find(
    ({ Prefix }) => Prefix === prefix,
  )?.ExpirationInDays;

test.each([
  ['Retain', { Status: 'Enabled' }],
  ['RetainExceptOnCreate', { Status: 'Enabled' }],
  ['Delete', undefined],
])('with the deletion policy %s, versions are %p', (tableDeletionPolicy, expected) => {
  expect(bucketSettingsOf({ ...parameters, tableDeletionPolicy }).VersioningConfiguration).toEqual(expected);
});

test('uploads expire when the stage says, and results after every job that has one, also if numbers are texts', () => {
  expect(expiryOf('uploads/', {})).toBe(7);
  expect(expiryOf('uploads/', { uploadRetentionDays: '9' })).toBe(9);
  expect(expiryOf('results/', {})).toBe(41);
  expect(expiryOf('results/', { retentionDays: 15 })).toBe(16);
});

test('messages and states expire after every job that may need them: one may sleep for a year, and be kept then', () => {
  expect(expiryOf('messages/ended/', {})).toBe(41);
  expect(expiryOf('messages/waiting/', {})).toBe(407);
  expect(expiryOf('states/', { retentionDays: 15 })).toBe(382);
});

test('pages are answered if there are origins, however the list is written', () => {
  expect(bucketSettingsOf(parameters).CorsConfiguration).toBeUndefined();
  expect(bucketSettingsOf({ ...parameters, cors: ' https://a.example , *' }).CorsConfiguration).toMatchObject(
    {
      CorsRules: [
        {
          AllowedOrigins: ['https://a.example', '*'],
          AllowedMethods: ['PUT', 'GET', 'HEAD'],
          AllowedHeaders: ['content-type', 'content-length', 'if-none-match', 'range'],
          ExposedHeaders: ['ETag', 'Content-Range', 'Accept-Ranges'],
          MaxAge: 3600,
        },
      ],
    },
  );
});
