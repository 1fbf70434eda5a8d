import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, type Parser, parse } from 'csv-parse';
import { PermanentError } from '../../shared/author/index.ts';

export interface CsvRecord {
  /** 0 for the record with the columns' names, 1 for the first after it. */
  readonly row: number;
  readonly fields: readonly string[];
  /** Where the next record begins, in bytes of the UTF-8 text. */
  readonly end: number;
}

/** Where a reading begins: at the start of the text, or at the `end` of a record. */
export interface ReadingStart {
  readonly position: number;
  /** The number of the first record that is read. */
  readonly row: number;
  /** How many fields a record has; as many as the first that is read, if not given. */
  readonly width?: number;
}

/** The text is not CSV as RFC 4180 has it. */
export class MalformedCsvError extends PermanentError {
  override name = 'MalformedCsvError';
}

/** A record is in memory as a whole, and a quote that is never closed makes one of all that follows. */
const maxRecordCharacters = 1024 * 1024;

/** Bytes that can be read from any position to the end, in pieces. */
export interface CsvSource {
  size(): Promise<number>;
  stream(options: { readonly from: number }): AsyncIterable<Uint8Array>;
}

/** A text as a source. */
export function sourceOf(text: string, chunkBytes = 16 * 1024): CsvSource {
  const bytes = Buffer.from(text);
  return {
    size: async () => bytes.length,
    async *stream({ from }) {
      for (let at = from; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}

/**
 * Reads the records of a CSV piece by piece; the event loop has its turn before each of them. What comes before a
 * malformed record is still given.
 * @throws MalformedCsvError; the signal's reason if it is aborted; what the source throws
 */
export async function* readRecords(
  source: CsvSource,
  { position, row, width }: ReadingStart,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<readonly CsvRecord[]> {
  let batch: CsvRecord[] = [];
  let next = row;
  let expected = width;
  // A stream that fails drops what it holds, so the records are taken as they are parsed, and none is pushed.
  const parser = openParser(position === 0, (fields, bytes) => {
    expected ??= fields.length;
    if (fields.length !== expected)
      throw new MalformedCsvError(`row ${next}: ${fields.length} instead of ${expected} fields`);
    batch.push({ row: next, fields, end: position + bytes });
    next += 1;
  });
  try {
    const read = async (chunk?: Uint8Array) => {
      await nextTurn();
      signal.throwIfAborted();
      const error = await feed(parser, chunk);
      const records = batch;
      batch = [];
      return { records, error };
    };
    for await (const chunk of source.stream({ from: position })) {
      const { records, error } = await read(chunk);
      yield records;
      if (error) throw asMalformed(error, next);
    }
    const { records, error } = await read();
    yield records;
    if (error) throw asMalformed(error, next);
  } finally {
    parser.destroy();
  }
}

function openParser(atStart: boolean, onRecord: (fields: readonly string[], bytes: number) => void): Parser {
  const parser = parse({
    bom: atStart,
    max_record_size: maxRecordCharacters,
    // If not given, the first line break met decides: a reading that begins further down might see it otherwise.
    record_delimiter: ['\r\n', '\n', '\r'],
    // The parser would take the number of fields from the first record it sees, be it the header or not.
    relax_column_count: true,
    // `bytes` is where the next record begins, in bytes of UTF-8, a byte order mark counted.
    on_record: (fields, { bytes }) => {
      onRecord(fields, bytes);
      return null;
    },
  });
  // Errors reach the callback in `feed`.
  return parser.on('error', () => undefined);
}

/** @param chunk undefined: the end */
const feed = (parser: Parser, chunk: Uint8Array | undefined): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const settle = (error?: Error | null) => resolve(error ?? undefined);
    if (chunk === undefined) parser.end(settle);
    else parser.write(chunk, settle);
  });

const reasons: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by neither a comma nor the end of the line',
  CSV_MAX_RECORD_SIZE: `it has more than ${maxRecordCharacters} characters: is a quote not closed?`,
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that does not begin with one',
};

function asMalformed(error: Error, row: number): Error {
  if (!(error instanceof CsvError)) return error;
  const where = row === 0 ? 'the header' : `row ${row}`;
  return new MalformedCsvError(`${where}: ${reasons[error.code] ?? error.message}`, { cause: error });
}
