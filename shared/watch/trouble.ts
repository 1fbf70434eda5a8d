import type { MetricQuery } from '../domain/watch/watch-ports.ts';
import type { Look, Seen } from './look.ts';

/** Where a trouble is, and what is seen of it. */
export interface Found {
  readonly where: string;
  readonly what: string;
}

/** Something that a person must look after. */
export interface Trouble {
  /** Of its section in docs/incidents.md, too. */
  readonly name: string;
  /** A sentence without its end. */
  readonly title: string;
  /** The first command of its section: `$STAGE` stands for the stage. */
  readonly command: string;
  /** What CloudWatch must be asked. */
  readonly asks: (seen: Seen) => readonly MetricQuery[];
  readonly find: (look: Look) => readonly Found[];
}
