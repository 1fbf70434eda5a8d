import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maxPreferredWaitSeconds, preferredWaitSeconds } from '../../../../shared/http/prefer.ts';

const waitIn = (prefer?: string) => preferredWaitSeconds({ headers: prefer === undefined ? {} : { prefer } });

/** RFC 7240. */
describe('the time that a client would like to wait', () => {
  test.each([
    ['wait=10', 10],
    ['respond-async, wait=10', 10],
    ['wait=10, respond-async', 10],
    ['respond-async,wait=10', 10],
    ['Wait=10', 10],
    ['WAIT=10', 10],
    ['wait=0', 0],
    ['wait=007', 7],
    ['wait = 10', 10],
    ['  wait\t=\t10  ', 10],
    ['wait=10;', 10],
    ['wait=10; foo', 10],
    ['wait=10; foo="some, wait=3"', 10],
    ['foo="a, wait=3", wait=10', 10],
    ['foo="a \\", wait=3", wait=10', 10],
    ['foo; wait=3, wait=10', 10],
    ['handling=lenient, wait=10, respond-async', 10],
    ['return=representation, odata.maxpagesize=100, 1x=2, wait=10', 10],
    ['foo;, , wait=10', 10],
    ['timezone=America/Los_Angeles, wait=10', 10],
  ])('is in %j', (prefer, seconds) => {
    expect(waitIn(prefer)).toBe(seconds);
  });

  test.each(['wait=21', 'wait=3600', `wait=${'9'.repeat(400)}`])('is cut to 20 s in %j', (prefer) => {
    expect(waitIn(prefer)).toBe(maxPreferredWaitSeconds);
  });

  test('is that of the first wait, if there are several', () => {
    expect(waitIn('wait=5, wait=10')).toBe(5);
    expect(waitIn('wait=10, Wait=5')).toBe(10);
    expect(waitIn('wait=soon, wait=5')).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    'respond-async',
    'wait',
    'wait=',
    'wait=""',
    'wait="10"',
    'wait=-1',
    'wait=+1',
    'wait=1.5',
    'wait=1e1',
    'wait=0x10',
    'wait=10s',
    'wait=ten',
    'wait=1 0',
    'wait==10',
    'wait;10',
    'await=10',
    'wait-for=10',
    'foo;wait=10',
    'foo="wait=10',
    'foo="\\',
    'wait=１０',
  ])('is not in %j', (prefer) => {
    expect(waitIn(prefer)).toBeUndefined();
  });

  test('is whole seconds or none, whatever the header', () => {
    const part = fc.constantFrom('wait', '=', '10', ',', ';', '"', '\\', ' ', 'foo');
    const header = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (prefer) => {
        const seconds = waitIn(prefer);
        expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 20)).toBe(
          true,
        );
      }),
    );
  });

  test('is found fast in the headers that take the most looks', () => {
    for (const part of ['"', '\\"', 'wait', 'wait=', ' ', ',', '"\\'])
      expect(waitIn(part.repeat(100_000))).toBeUndefined();
  }, 2_000);
});
