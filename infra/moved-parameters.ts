import { tenantText } from '../shared/time-text/tenant-text.ts';
import { listOf, type StageParameters } from './parameter-rules.ts';

/** Whether it was a parameter of an earlier version, for which a stage has something else now. */
export const isMoved = (name: string): boolean => name === 'mailTo';

/** A parameter of an earlier version that a stage still sets, with the commands that say the same. */
export function problemsOfMovedParameters(stage: string, { mailTo }: StageParameters): readonly string[] {
  if (mailTo === undefined || mailTo === null) return [];
  const moved =
    'mailTo is not a parameter any more. The access table has to where each tenant may send mail: remove mailTo';
  const commands = [...placesByTenant(String(mailTo))].map(
    ([tenant, places]) =>
      `npm run keys -- mail --stage ${stage} --tenant ${shellWord(tenantText(tenant))} --to ${shellWord(places.join())}`,
  );
  if (commands.length === 0) return [`${moved}.`];
  return [[`${moved}, and before you deploy, run:`, ...commands.map((each) => `    ${each}`)].join('\n')];
}

/** The parameter was a comma list of `TENANT=ADDRESS`, `TENANT=DOMAIN` and `TENANT=*`. A tenant may have the sign in its name. */
function placesByTenant(mailTo: string): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, readonly string[]>();
  for (const entry of listOf(mailTo)) {
    const [, tenant, place] = /^(.*\S)\s*=\s*([^=\s]+)$/.exec(entry) ?? [];
    if (tenant !== undefined && place !== undefined)
      places.set(tenant, [...(places.get(tenant) ?? []), place]);
  }
  return places;
}

/** As one word of a shell's command line. */
export const shellWord = (text: string): string =>
  /^[\w.@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
