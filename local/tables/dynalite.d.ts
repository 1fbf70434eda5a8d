declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** The directory of LevelDB's files. Without it, the data is in memory. */
    readonly path?: string;
    /** How long a new table has the status `CREATING`. */
    readonly createTableMs?: number;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}
