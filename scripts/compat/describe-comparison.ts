import type { Finding } from './compare-contracts.ts';

interface Compared {
  readonly types: number;
  readonly ref: string;
}

/** The report: a line for each finding, and a summary. */
export function describeComparison(
  findings: readonly Finding[],
  { types, ref }: Compared,
): { readonly lines: readonly string[]; readonly hasBreaks: boolean } {
  const broken = new Set(findings.filter(({ level }) => level === 'breaks').map(({ type }) => type));
  const unknown = findings.filter(({ level }) => level === 'unknown').length;
  const summary = [
    `compared ${types} ${types === 1 ? 'type' : 'types'} with ${ref}: ${broken.size} of them ${broken.size === 1 ? 'breaks' : 'break'}`,
    ...(unknown === 0 ? [] : [`${unknown} ${unknown === 1 ? 'part' : 'parts'} could not be compared`]),
  ].join(', ');
  return {
    lines: [...findings.map(({ level, type, text }) => `${level}: ${type}: ${text}`), summary],
    hasBreaks: broken.size > 0,
  };
}
