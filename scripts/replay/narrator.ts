import { inspect } from 'node:util';
import type { Fields, Log } from '../../shared/domain/base/ports.ts';
import { plain } from './plain.ts';

/** Tells a developer what happens, a line each. */
export interface Narrator {
  /** @param what in one word. Of what comes often, some lines are left out if `isFrequent`. */
  tell(what: string, text: string, options?: { readonly isFrequent?: boolean }): void;
  /** As it is. */
  line(text: string): void;
  readonly log: Log;
}

interface Telling {
  readonly write: (text: string) => void;
  readonly now: () => number;
}

/** A handler may report thousands of times a second. */
const frequentMs = 100;
const maxCharacters = 400;

const cut = (text: string): string =>
  text.length > maxCharacters ? `${text.slice(0, maxCharacters)} ... (${text.length} characters)` : text;

export function narrator({ write, now }: Telling): Narrator {
  const toldAt = new Map<string, number>();
  const line = (text: string): void => write(`${plain(text)}\n`);
  const tell: Narrator['tell'] = (what, text, { isFrequent = false } = {}) => {
    if (isFrequent && now() - (toldAt.get(what) ?? -Infinity) < frequentMs) return;
    toldAt.set(what, now());
    line(`${new Date(now()).toISOString().slice(11, 23)}  ${what.padEnd(10)}  ${cut(text)}`);
  };
  const at =
    (level: keyof Log) =>
    (message: string, fields: Fields = {}): void =>
      tell(`log ${level}`, Object.keys(fields).length === 0 ? message : `${message} ${shown(fields)}`);
  return {
    tell,
    line,
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  };
}

const shown = (fields: Fields): string => inspect(fields, { breakLength: Infinity, depth: 4 });
