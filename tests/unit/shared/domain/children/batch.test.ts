import { describe, expect, test } from '@jest/globals';
import { isEnded } from '../../../../../shared/domain/children/batch.ts';

describe('isEnded', () => {
  test.each([
    ['has not ended', false, { parentRun: 1 }],
    ['has ended', true, { parentRun: 1, endedRun: 1 }],
    ['has ended, and has asked for them again in a later run', false, { parentRun: 2, endedRun: 1 }],
    ['has ended, and so has a later run that did not ask for them', true, { parentRun: 1, endedRun: 2 }],
  ])('children whose parent %s: %s', (_what, is, root) => {
    expect(isEnded(root)).toBe(is);
  });
});
