import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startCopiedSystem } from '../../tests/system/start-system.ts';

export interface LocalSystem {
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const catalog = join(import.meta.dirname, '../catalog');
const bare = join(import.meta.dirname, '../bare');
const byHand = ['submit', 'status', 'worker'] as const;

/**
 * Starts what `npm start` starts, with the job type `nothing`. Of `bare`, the handlers of three functions are others, and all
 * else is the same: gateway, emulators, threads, queues, tables.
 */
export async function startLocalSystem(of: 'ours' | 'bare'): Promise<LocalSystem> {
  process.env.NODE_OPTIONS = `--conditions=engine-tests ${process.env.LOAD_PROFILE ?? ''}`;
  return startCopiedSystem(
    async (project) => {
      await cp(catalog, join(project, 'tests/job-types'), { recursive: true });
      if (of === 'ours') return;
      for (const name of byHand)
        await cp(join(bare, `${name}.ts`), join(project, 'functions', name, 'handler.ts'));
    },
    { auth: 'none' },
  );
}
