import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import type { ThirdParty } from '../../infra/packaging/licenses.ts';

const run = promisify(execFile);

/** What is needed of CycloneDX. All else stays as npm says it. */
const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string(), purl: z.string() })),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.optional(z.array(z.string())) })),
});

/** What npm says of all packages of a project. */
export async function askNpm(project: string): Promise<unknown> {
  // By the lock file: it also has the packages for other machines. `--omit dev` leaves out what a developer's tool
  // needs, too.
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const { stdout } = await run('npm', args, { cwd: project, maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

/**
 * The bill of materials of what is delivered.
 * @param asked of all packages
 * @param name of the project: npm calls it by its folder
 * @throws Error if a package that is delivered is not among them
 */
export function billOf(asked: unknown, name: string, delivered: readonly ThirdParty[]): object {
  const all = bill.parse(asked);
  const wanted = new Map(delivered.map((each) => [purlOf(each), each]));
  const components = all.components.filter(({ purl }) => wanted.delete(purl));
  const [missing] = wanted.values();
  if (missing) throw new Error(`npm does not know of ${missing.name} ${missing.version}, which is delivered`);
  const refs = new Set([all.metadata.component, ...components].map(({ 'bom-ref': ref }) => ref));
  return {
    ...all,
    metadata: { ...all.metadata, component: { ...all.metadata.component, name } },
    components: components.map((each) => ({ ...each, ...forRuntime })),
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) })),
  };
}

/** A package of a developer's tool may be bundled, too: npm says "optional" and "development" of such a one. */
const forRuntime = { scope: 'required', properties: [] };

const purlOf = ({ name, version }: ThirdParty): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;
