import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface Findings {
  readonly violations: readonly {
    readonly id: string;
    readonly impact?: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  readonly passes: readonly unknown[];
}

const run = `(async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ['violations'] });
  return { violations, passes: passes.map(({ id }) => id) };
})()`;

/**
 * Looks for what keeps people out, as the page looks now. The page gets axe-core once, however often it changes its look:
 * to parse it takes longer than to run it.
 * @returns what is serious, with the HTML of each element, and how many rules found something to check
 */
export async function inspectAccessibility(page: Page) {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const { violations, passes }: Findings = await page.evaluate(run);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return {
    serious: serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    rules: passes.length,
  };
}
