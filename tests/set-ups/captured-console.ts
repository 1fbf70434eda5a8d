const { console: originalConsole } = globalThis;

/** Collects what the log writes, and what is written to the console, until `restore`. */
export function captureConsole() {
  const lines: string[] = [];
  process.env.POWERTOOLS_LOG_LEVEL ??= 'DEBUG';
  const record = (line: string) => void lines.push(line);
  const recorders = { log: record, debug: record, info: record, warn: record, error: record };
  globalThis.console = Object.assign(Object.create(originalConsole), recorders);
  const outputs = [process.stdout, process.stderr].map((output) => captureOutput(output, record));
  return {
    lines,
    restore: () => {
      globalThis.console = originalConsole;
      for (const restore of outputs) restore();
    },
  };
}

/** The lines of the log alone: others write to the same output. */
function captureOutput(output: NodeJS.WriteStream, record: (line: string) => void): () => void {
  const write = output.write.bind(output);
  output.write = (chunk: string | Uint8Array, ...more: never[]): boolean => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{"level":')) return write(chunk, ...more);
    record(chunk.trimEnd());
    return true;
  };
  return () => {
    output.write = write;
  };
}
