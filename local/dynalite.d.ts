declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Where LevelDB keeps its files; in memory if absent. */
    readonly path?: string;
    /** How long a new table stays `CREATING`. */
    readonly createTableMs?: number;
  }

  export default function dynalite(options?: Options): Server;
}
