import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Command } from 'commander';
import type { Contracts } from '../shared/author/contract.ts';
import { compareContracts } from './compat/compare-contracts.ts';
import { describeComparison } from './compat/describe-comparison.ts';
import { findOldVersion } from './compat/find-old-version.ts';
import { readOldContracts } from './compat/read-old-contracts.ts';
import { runCommand } from './run-command.ts';
import { UsageError } from './usage-error.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));

/** @throws UsageError if they cannot be loaded: a contract may have limits that no worker can keep */
async function contractsOfToday(catalog: string): Promise<Contracts> {
  try {
    const path = join(projectDir, catalog, 'contracts.ts');
    const module: { readonly contracts: Contracts } = await import(pathToFileURL(path).href);
    return module.contracts;
  } catch (error) {
    throw new UsageError(`today's contracts cannot be loaded: ${String(error)}`, { cause: error });
  }
}

const program = new Command('npm run compat --')
  .description(
    'Compares the contracts of a version with those of the working tree: are its messages, states and results still valid?',
  )
  .option('--from <ref>', 'a tag, branch or commit; default: the last tag v*')
  .option('--or-warn', 'where there is nothing to compare with, warn: for a copy without history')
  .action(async ({ from, orWarn }: { from?: string; orWarn?: true }) => {
    const version = await findOldVersion(projectDir, from);
    if ('noBase' in version) {
      const text = `compat compared nothing: ${version.noBase}`;
      if (orWarn) return console.warn(`WARNING: ${text}`);
      throw new UsageError(text);
    }
    const older = await readOldContracts(projectDir, version);
    const { lines, hasBreaks } = describeComparison(
      compareContracts(older, await contractsOfToday(version.catalog)),
      {
        types: Object.keys(older).length,
        ref: version.ref,
      },
    );
    console.log(lines.join('\n'));
    if (hasBreaks) process.exitCode = 1;
  });

await runCommand(program);
