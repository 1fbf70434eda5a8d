const { console: originalConsole } = globalThis;

/** Collects what the log writes, until `restore`. With every level, unless the environment has one. */
export function captureConsole() {
  const lines: string[] = [];
  // Without this variable Powertools writes to a console of its own.
  process.env.POWERTOOLS_DEV = 'true';
  process.env.POWERTOOLS_LOG_LEVEL ??= 'DEBUG';
  const record = (line: string) => void lines.push(line);
  const recorders = { log: record, debug: record, info: record, warn: record, error: record };
  globalThis.console = Object.assign(Object.create(originalConsole), recorders);
  return {
    lines,
    restore: () => {
      globalThis.console = originalConsole;
    },
  };
}
