import { contracts } from '#job-types/contracts.ts';
import { catalogConditions, catalogFolders } from '../../infra/job-type-catalog.ts';
import { derivedFromTypes, readTypeUses, type UsesOfType } from '../../infra/type-uses.ts';

/** Leads nowhere: the fence is before it. */
const address = 'https://replay.example';
/** Wherever a text has it, `[secret]` is shown: it is no word of ours. */
const madeUp = 'secret-of-the-stage';
const always = (text: string) => new Proxy<Readonly<Record<string, string>>>({}, { get: () => text });

/** What a worker has for these types, on a stage that has set up all of them. Each value and each secret is made up. */
export function environmentFor(types: readonly UsesOfType[]): Readonly<Record<string, string>> {
  const stage = { stage: 'replay', parameters: always(address), localSecrets: always(madeUp) };
  const made = Object.entries(derivedFromTypes(types, stage).environment);
  return { BUCKET_NAME: 'replay', ...Object.fromEntries(made.map(([name, value]) => [name, String(value)])) };
}

/** The same for all types of a clone. @param root its folder */
export const environmentOfReplay = async (root: string): Promise<Readonly<Record<string, string>>> => {
  const folders = catalogFolders(catalogConditions(root));
  return environmentFor(await readTypeUses({ serviceDir: root, contracts, folders }));
};
