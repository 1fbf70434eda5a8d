interface Harmless {
  readonly reason: string;
  /** Names of generated mutants. */
  readonly mutants: readonly string[];
}

export const harmless: readonly Harmless[] = [];
