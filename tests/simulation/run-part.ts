import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';

const findings = z.array(
  z.object({
    name: z.string(),
    broken: z.array(z.string()),
    crashPoints: z.int(),
    runs: z.int(),
    caughtBy: z.optional(z.string()),
  }),
);
type Findings = z.infer<typeof findings>;

/** Plays a part of the simulation in its own process: in Jest's module sandbox it takes twice as long. */
export async function runPart(part: string): Promise<Findings> {
  const script = fileURLToPath(new URL('part.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, part], { maxBuffer: 2 ** 26 });
  return findings.parse(JSON.parse(stdout));
}

export const total = (all: Findings): { crashPoints: number; runs: number } => ({
  crashPoints: all.reduce((sum, { crashPoints }) => sum + crashPoints, 0),
  runs: all.reduce((sum, { runs }) => sum + runs, 0),
});
