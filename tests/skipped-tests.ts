import { relative } from 'node:path';

interface FileResult {
  readonly testResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** A jest reporter that says at the end, by file, what was skipped: a run looks green without what this machine lacks. */
export default class SkippedTests {
  readonly #isPart: boolean;
  readonly #lines: string[] = [];

  constructor({ testNamePattern = '' }: { readonly testNamePattern?: string }) {
    this.#isPart = testNamePattern !== '';
  }

  onTestResult({ path }: { readonly path: string }, { testResults }: FileResult): void {
    const skipped = testResults.filter(({ status }) => status === 'pending');
    for (const { fullName } of skipped) this.#lines.push(`  ${relative(process.cwd(), path)}: ${fullName}`);
  }

  onRunComplete(): void {
    if (this.#lines.length === 0 || this.#isPart) return;
    console.warn(`SKIPPED, so not tested by this run:\n${this.#lines.sort().join('\n')}`);
  }
}
