export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after the given milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  uuid(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** What varies between two lines of a log with the same message. */
export type Fields = Record<string, unknown>;

/** What a use case logs with. Messages are constants; what varies is a field. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}
