import { expect, test } from '@jest/globals';
import type { Package } from './packaged.ts';

const credentials = {
  'an access key': /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  'a secret access key': /(?<![\w+/])(?=[A-Za-z0-9+/]*\d)(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40}(?![\w+/])/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
  'a hash or token': /\b[0-9a-f]{32,}\b/,
  'an account': /(?<!\d)\d{12}(?!\d)/,
};

export function describeSecrets({ template, functions }: Package): void {
  test('ids are derived with what only this deployment has, and the template holds no secret', () => {
    const submit = functions.find(({ name }) => name === 'submit');
    expect(submit?.properties.Environment.Variables.JOB_ID_SECRET).toEqual({ Ref: 'AWS::StackId' });
  });

  test.each(Object.entries(credentials))('nothing in the template looks like %s', (_, pattern) => {
    expect(JSON.stringify(template.resources)).not.toMatch(pattern);
  });

  test.each(functions)('nothing in the bundle of $name looks like an access key', ({ bundle }) => {
    expect(credentials['an access key'].test(bundle)).toBe(false);
    expect(credentials['a private key'].test(bundle)).toBe(false);
  });

  test('everything that is referred to exists', () => {
    const known = new Set(Object.keys(template.resources));
    const unknown = [...template.references].filter((name) => !known.has(name) && !name.startsWith('AWS::'));
    expect(unknown).toEqual([]);
  });
}
