import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import * as z from 'zod/mini';
import { noticesOf, problemsOfLicenses } from '../infra/packaging/licenses.ts';
import { askNpm, billOf } from './licenses/bill-of-materials.ts';
import { bundledPackages } from './licenses/bundled-packages.ts';
import { runCommand } from './run-command.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const named = z.object({ name: z.string() });

const program = new Command('npm run licenses --')
  .description(
    'Which packages of others are in what is deployed, and under which licenses. It ends with 1 if one is not allowed.',
  )
  .option(
    '--into <folder>',
    'writes licenses.txt, which has their texts, and sbom.cdx.json, the bill of materials',
  )
  .action(async ({ into }: { into?: string }) => {
    const parties = await bundledPackages(project);
    for (const { name, version, license } of parties) console.log(`${name} ${version}  ${license}`);
    if (into !== undefined) {
      const { name } = named.parse(JSON.parse(await readFile(join(project, 'package.json'), 'utf8')));
      const bill = billOf(await askNpm(project), name, parties);
      await mkdir(into, { recursive: true });
      await writeFile(join(into, 'licenses.txt'), noticesOf(parties));
      await writeFile(join(into, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
    }
    const problems = problemsOfLicenses(parties);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  });

await runCommand(program);
