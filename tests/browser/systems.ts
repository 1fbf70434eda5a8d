import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmulatorEndpoints } from '../../local/emulators/emulator-endpoints.ts';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { replaceSchedules, startCopiedSystem } from '../system/start-system.ts';

/** What a test process needs to know of the systems. */
export interface Addresses {
  /** `npm start`: everybody may do everything. Its long worker has little time. */
  readonly open: string;
  /** `AUTH=apiKey npm start`. */
  readonly closed: string;
  /** The emulators of `closed`. */
  readonly endpoints: EmulatorEndpoints;
}

export interface Systems {
  readonly addresses: Addresses;
  stop(): Promise<void>;
}

/** A slice of a long job ends when this is nearly over. */
const longWorkerTimeout = 10;

/**
 * Starts both systems, from copies of the project that have schedules, and one more job type: `play` does what its payload
 * says.
 */
export async function startSystems(): Promise<Systems> {
  const emulators = await startEmulators();
  const endpoints = endpointsOf(emulators);
  const [open, closed] = await Promise.all([
    startCopy({ longWorkerTimeout }),
    startCopy({ auth: 'apiKey', endpoints }),
  ]);
  return {
    addresses: { open: open.address, closed: closed.address, endpoints },
    async stop() {
      await Promise.all([open.stop(), closed.stop()]);
      await emulators.stop();
    },
  };
}

/** Starts a system from a copy that has been changed for tests, and loads the bundle, which takes some seconds. */
async function startCopy(options: Parameters<typeof startCopiedSystem>[1]) {
  const system = await startCopiedSystem(async (project) => {
    await addPlay(project);
    await replaceSchedules(project);
  }, options);
  await fetch(`${system.address}/ui`);
  return system;
}

const endpointsOf = ({ stop: _stop, ...endpoints }: Emulators): EmulatorEndpoints => endpoints;

async function addPlay(project: string): Promise<void> {
  const folder = join(project, 'tests/job-types');
  for (const name of ['contract.ts', 'handler.ts']) {
    const source = await readFile(join(import.meta.dirname, 'play', name), 'utf8');
    await writeFile(
      join(folder, `play-${name}`),
      source.replaceAll('../../../shared/', '../../shared/').replace('./contract.ts', './play-contract.ts'),
    );
  }
  await edit(join(folder, 'contracts.ts'), "import { play } from './play-contract.ts';\n", [
    '} satisfies',
    '  play,\n} satisfies',
  ]);
  await edit(join(folder, 'handlers/long.ts'), "import { play } from '../play-handler.ts';\n", [
    '  counting,',
    '  counting,\n  play,',
  ]);
}

async function edit(file: string, before: string, [from, to]: readonly [string, string]): Promise<void> {
  const source = await readFile(file, 'utf8');
  const changed = source.replace(from, to);
  if (changed === source) throw new Error(`${file} has no ${from}`);
  await writeFile(file, before + changed);
}
