import { expect, test } from '@jest/globals';
import { defined } from '../../../../../shared/domain/base/defined.ts';

test('what is undefined is left out, and nothing else is', () => {
  const given: { name: string; count?: number | undefined; at: number | null } = {
    name: '',
    count: undefined,
    at: null,
  };
  const document: { readonly name: string; readonly count?: number; readonly at: number | null } =
    defined(given);
  expect(Object.keys(document)).toEqual(['name', 'at']);
  expect(defined({ zero: 0, no: false, none: undefined })).toEqual({ zero: 0, no: false });
});
