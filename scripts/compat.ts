import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { contracts } from '../job-types/contracts.ts';
import { compareContracts } from './compat/compare-contracts.ts';
import { describeComparison } from './compat/describe-comparison.ts';
import { findOldVersion } from './compat/find-old-version.ts';
import { readOldContracts } from './compat/read-old-contracts.ts';
import { runCommand } from './run-command.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));

const program = new Command('npm run compat --')
  .description(
    'Compares the contracts of a version with those of the working tree: are its messages, states and results still valid?',
  )
  .option('--from <ref>', 'a tag, branch or commit; default: the last tag v*')
  .action(async ({ from }: { from?: string }) => {
    const version = await findOldVersion(projectDir, from);
    if ('skipped' in version) return console.log(`compat: ${version.skipped}`);
    const older = await readOldContracts(projectDir, version);
    const { lines, hasBreaks } = describeComparison(compareContracts(older, contracts), {
      types: Object.keys(older).length,
      ref: version.ref,
    });
    console.log(lines.join('\n'));
    if (hasBreaks) process.exitCode = 1;
  });

await runCommand(program);
