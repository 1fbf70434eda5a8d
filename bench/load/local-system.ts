import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCopiedSystem } from '../../tests/system/start-system.ts';

export interface LocalSystem {
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const catalog = join(import.meta.dirname, '../catalog');
const bare = join(import.meta.dirname, '../bare');
/** Has `#job-types/` stand for tests/job-types, in whose place the copy of the project has the catalog. */
const ourCatalog = '--conditions=engine-tests';
const functions = ['submit', 'status', 'worker'] as const;

/**
 * Starts what `npm start` starts, with the job type `nothing`. Of `bare`, the handlers of three functions are others, and all
 * else is the same: gateway, emulators, threads, queues, tables.
 */
export async function startLocalSystem(of: 'ours' | 'bare'): Promise<LocalSystem> {
  const { NODE_OPTIONS = '' } = process.env;
  if (!NODE_OPTIONS.includes(ourCatalog)) process.env.NODE_OPTIONS = `${NODE_OPTIONS} ${ourCatalog}`;
  return startCopiedSystem(
    async (project) => {
      await cp(catalog, join(project, 'tests/job-types'), { recursive: true });
      if (of === 'ours') return;
      const byHand = join(project, 'tests/job-types/bare');
      await cp(bare, byHand, { recursive: true });
      for (const name of functions) {
        // In functions/ itself it would have the lean clients of AWS that the engine has.
        const text = `export { handler } from '../../tests/job-types/bare/${name}.ts';\n`;
        await writeFile(join(project, 'functions', name, 'handler.ts'), text);
      }
    },
    { auth: 'none' },
  );
}
