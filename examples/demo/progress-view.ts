import type { JobResponse } from '../../shared/http/responses/job-response.ts';

const barLength = 30;

/** Shows the progress of jobs: as bars on a terminal, elsewhere as a line for every change. */
export class ProgressView {
  readonly #output: NodeJS.WriteStream;
  readonly #lines = new Map<string, string>();
  #drawn = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(job: JobResponse): void {
    const line = this.#output.isTTY ? barOf(job) : lineOf(job);
    if (this.#lines.get(job.id) === line) return;
    this.#lines.set(job.id, line);
    if (this.#output.isTTY) this.#redraw();
    else this.#output.write(`${line}\n`);
  }

  #redraw(): void {
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    const lines = [...this.#lines.values()].map(
      (line) => `\x1b[2K${line.slice(0, Math.max(1, (this.#output.columns || 80) - 1))}\n`,
    );
    this.#output.write(up + lines.join(''));
    this.#drawn = lines.length;
  }
}

const percentOf = ({ progress }: JobResponse): number => Math.round(progress?.percent ?? 0);

function barOf(job: JobResponse): string {
  const full = Math.round((percentOf(job) / 100) * barLength);
  const bar = '█'.repeat(full) + '░'.repeat(barLength - full);
  return `  ${job.type.padEnd(14)} ${bar} ${stateOf(job)}`;
}

const lineOf = (job: JobResponse): string => `  ${job.type.padEnd(14)} ${stateOf(job)}`;

function stateOf(job: JobResponse): string {
  const attempt = job.attempt > 1 ? `attempt ${job.attempt}` : '';
  const details = [attempt, job.progress?.message ?? ''].filter((text) => text !== '').join(', ');
  return `${String(percentOf(job)).padStart(3)} %  ${job.status.padEnd(9)}  ${details}`.trimEnd();
}
