import { availableParallelism, cpus } from 'node:os';
import { relative } from 'node:path';
import { present } from './turns.ts';

const dearest = Number(process.env.DEAREST ?? 10);
const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(7)} s`;
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

/** Of all processes of this machine. */
const busyMs = () => sum(cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq));

/** A jest reporter that prints at the end where the seconds went, by level and file. */
export default class WhereTimeWent {
  #files = [];
  #startedAt = 0;
  #busyBefore = 0;
  #fileStarts = new Map();

  onRunStart() {
    this.#startedAt = Date.now();
    this.#busyBefore = busyMs();
  }

  onTestFileStart({ path }) {
    this.#fileStarts.set(path, Date.now());
  }

  /** Jest's own figure leaves out what a file does while it is loaded, such as to play the simulation. */
  onTestResult({ path, context }, { cpuMs = 0 }) {
    const { rootDir, displayName } = context.config;
    const ms = Date.now() - (this.#fileStarts.get(path) ?? this.#startedAt);
    this.#files.push({ path: relative(rootDir, path), level: displayName.name, ms, cpuMs });
  }

  onRunComplete() {
    if (this.#files.length < Math.min(dearest, 10)) return;
    const ms = Date.now() - this.#startedAt;
    const busy = busyMs() - this.#busyBefore;
    const lines = [
      `Where the time went: ${seconds(ms)}, in which ${availableParallelism()} cores worked for ${seconds(busy)}.`,
      'Each line: seconds of a core, and seconds that passed. Files run beside each other; what they share is in no line.',
    ];
    const figures = (files) =>
      `${seconds(sum(files.map(({ cpuMs }) => cpuMs)))} ${seconds(sum(files.map(({ ms }) => ms)))}`;
    for (const [level, files] of Object.entries(Object.groupBy(this.#files, ({ level }) => level)))
      lines.push(`${figures(files)}  ${level}: ${files.length} files`);
    lines.push('The dearest files:');
    for (const file of this.#files.toSorted((one, other) => other.cpuMs - one.cpuMs).slice(0, dearest))
      lines.push(`${figures([file])}  ${file.path}`);
    lines.push(`Dear tables: ${present().text}.`);
    console.log(`\n${lines.join('\n')}`);
  }
}
