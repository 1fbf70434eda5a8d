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
  test('job ids are derived with the stack id, which is not in the template', () => {
    const submit = functions.find(({ name }) => name === 'submit');
    expect(submit?.properties.Environment.Variables.JOB_ID_SECRET).toEqual({ Ref: 'AWS::StackId' });
  });

  test.each(Object.entries(credentials))('the template has nothing that looks like %s', (_name, pattern) => {
    expect(JSON.stringify(template.resources)).not.toMatch(pattern);
  });

  test.each(functions)(
    'the bundle of $name has nothing that looks like an access key or a private key',
    ({ bundle }) => {
      expect(credentials['an access key'].test(bundle)).toBe(false);
      expect(credentials['a private key'].test(bundle)).toBe(false);
    },
  );

  test('the template has every resource that it refers to', () => {
    const known = new Set(Object.keys(template.resources));
    const missing = [...template.references].filter((name) => !known.has(name) && !name.startsWith('AWS::'));
    expect(missing).toEqual([]);
  });
}
