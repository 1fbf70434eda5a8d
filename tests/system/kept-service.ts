import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundle, bundleSecondFile, sourceOf } from '../../infra/packaging/bundle.ts';
import { bundleConditions } from '../../infra/packaging/job-type-catalog.ts';
import { type Inputs, keep } from '../kept-output.ts';
import { sls } from '../project-copy.ts';

/** What `sls print` prints: serverless.yml with its files and variables. */
const printed = z.looseObject({
  service: z.string(),
  params: z.record(z.string(), z.unknown()),
  provider: z.looseObject({
    stage: z.string(),
    environment: z.optional(z.record(z.string(), z.unknown())),
  }),
  functions: z.record(
    z.string(),
    z.looseObject({
      handler: z.string(),
      timeout: z.optional(z.coerce.number()),
      environment: z.optional(z.record(z.string(), z.unknown())),
      events: z.optional(z.array(z.unknown())),
    }),
  ),
  resources: z.looseObject({}),
  custom: z.looseObject({ 'serverless-offline': z.record(z.string(), z.unknown()) }),
});
export type Printed = z.infer<typeof printed>;
const declared = z.object({ params: z.object({ local: z.record(z.string(), z.unknown()) }) });

/** All that is bundled, and how. */
const sources = ['functions', 'job-types', 'shared', 'infra', 'package.json', 'tests/job-types'];
/** What tests start a system with. osls puts a mark where each value belongs: a timeout has to be a number. */
const marks = { longWorkerTimeout: '811' };
/** The parameters that no line of serverless.yml names: the plugins read them from the command line. */
const readByPlugin = ['auth', 'cors', 'jwtAudience', 'jwtIssuer', 'keepPayload', 'leaseSeconds'];

const keepIn = (project: string, name: string, inputs: Inputs, make: (folder: string) => Promise<void>) =>
  keep(name, inputs, make, { project });

/** @returns what osls makes of serverless.yml, which it is asked once for all values of the parameters */
export async function readService(
  project: string,
  parameters: ReadonlyMap<string, string>,
): Promise<Printed> {
  const known = [...Object.keys(marks), ...readByPlugin];
  const unknown = [...parameters.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new TypeError(`offline-start.ts has no mark for ${unknown.join(', ')}`);
  const folder = await keepIn(
    project,
    'service',
    { paths: ['serverless.yml', 'infra', 'shared/http'] },
    async (into) => {
      const options = Object.entries(marks).map(([name, mark]) => `--param=${name}=${mark}`);
      const text = await sls(project, ['print', '--stage', 'local', '--format', 'json', ...options]);
      await writeFile(join(into, 'service.json'), text);
    },
  );
  const text = await readFile(join(folder, 'service.json'), 'utf8');
  const { local } = declared.parse(JSON.parse(text)).params;
  const values = new Map(
    Object.entries(marks).map(([name, mark]) => [mark, parameters.get(name) ?? local[name]]),
  );
  return printed.parse(JSON.parse(text, (_, value) => values.get(String(value)) ?? value));
}

/**
 * @param conditions those that choose the catalog of job types
 * @returns the folder of the bundles, each at the path of its handler
 */
export const bundleFunctions = (
  project: string,
  { functions }: Printed,
  conditions = bundleConditions(project),
): Promise<string> => {
  const paths = [...sources, ...conditions.filter((name) => name === 'examples')];
  return keepIn(project, 'bundles', { paths, values: conditions }, async (outdir) => {
    const files = Object.values(functions).map(({ handler }) => sourceOf(handler));
    await bundle(project, files, { outdir, conditions });
    await bundleSecondFile(project, outdir);
  });
};
