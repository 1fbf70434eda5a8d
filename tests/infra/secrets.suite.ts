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
  // The root secret is in the access table. The id of the stack can be read by everybody who can read the stack.
  test('no function has a secret, or the id of the stack, in its environment', () => {
    for (const { properties } of functions) {
      const { Variables } = properties.Environment;
      expect(Object.keys(Variables).filter((key) => /SECRET|PASSWORD|TOKEN/.test(key))).toEqual([]);
      expect(JSON.stringify(Variables)).not.toContain('AWS::StackId');
    }
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
