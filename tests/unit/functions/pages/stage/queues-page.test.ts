import { describe, expect, test } from '@jest/globals';
import { queuesPage } from '../../../../../functions/pages/stage/queues-page.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';

const text = (
  ...pauses: readonly (readonly [
    string,
    { at: number; by: string; why?: string; until?: number; submissions?: 'refuse' },
  ])[]
) => queuesPage([], new Map(pauses), t0).text;

describe('the page of the queues', () => {
  test('says nothing of pauses when there are none', () => {
    expect(text()).not.toContain('Paused');
  });

  test('says what is paused, by whom, why, and what was', () => {
    const page = text(
      ['type:report', { at: t0 - 1, by: 'key:1', why: '<it is broken>', until: t0 + 1 }],
      ['stage', { at: t0 - 9, by: 'key:2', until: t0, submissions: 'refuse' }],
      ['queue:long', { at: t0 - 9, by: 'key:3', submissions: 'refuse' }],
    );
    expect(page).toContain('<strong>type:report</strong> by key:1, since <time');
    expect(page).toContain('&lt;it is broken&gt;');
    expect(page).toContain('<strong>stage</strong> by key:2, resumed</li>');
    expect(page).toMatch(/<strong>queue:long<\/strong> by key:3, since .*, submissions are refused<\/li>/);
  });
});
