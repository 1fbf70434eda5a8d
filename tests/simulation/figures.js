import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/simulation', import.meta.url));

/**
 * Records what a part of the simulation did, for the last lines of the output.
 * @param {string} part
 * @param {string} figures
 */
export function recordFigures(part, figures) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${part}.txt`, figures);
}

/** A jest reporter that prints at the end what the simulation did. */
export default class FiguresReporter {
  onRunStart() {
    rmSync(folder, { recursive: true, force: true });
  }

  onRunComplete() {
    try {
      for (const file of readdirSync(folder).sort().reverse())
        console.log(`simulation, ${file.replace('.txt', '')}: ${readFileSync(`${folder}/${file}`, 'utf8')}`);
    } catch {
      // The simulation was not among the tests.
    }
  }
}
