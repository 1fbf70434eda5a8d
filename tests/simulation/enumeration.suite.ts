import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart, total } from './run-part.ts';

interface Enumeration {
  readonly title: string;
  readonly parts: readonly string[];
  /** Each scenario has more crash points than this, or it was not played. */
  readonly moreThan: number;
}

/** Plays parts of the simulation one after the other, and makes a test of each scenario in them. */
export async function describeEnumeration({ title, parts, moreThan }: Enumeration): Promise<void> {
  const findings = await parts.reduce<ReturnType<typeof runPart>>(
    async (before, part) => [...(await before), ...(await runPart(part))],
    Promise.resolve([]),
  );
  const { crashPoints, runs } = total(findings);
  recordFigures(title, `${findings.length} enumerations, ${crashPoints} crash points, ${runs} runs`);

  test.each(findings)('no fault in any call breaks a rule: $name', (finding) => {
    expect(finding.broken).toEqual([]);
    expect(finding.crashPoints).toBeGreaterThan(moreThan);
  });
}
