import { objectFieldsOf, parseUpload, type Upload, withObject } from '../arguments/object-fields.ts';
import { CommandError } from '../ending.ts';
import { describeFailure } from '../system/describe-failure.ts';
import type { Session } from '../system/session.ts';
import { findType } from './find-type.ts';
import { requireFile, uploadFile } from './upload-file.ts';

/** A payload with the names of what was uploaded for it. */
export interface Prepared {
  readonly payload: unknown;
  /** What to type in place of each `--upload`, so that nothing is uploaded again. */
  readonly uploads: readonly string[];
}

/** As `POST /uploads` returns it. Typed in place of a file, it is one that was uploaded before. */
const objectName = /^uploads\/[\w-]{22}\/\d{4}-\d{2}-\d{2}\/[0-9a-f-]{36}\.[\w-]{22}$/;

interface Order {
  readonly type: string;
  readonly payload: unknown;
  /** Of `--upload`. */
  readonly texts: readonly string[];
}

/**
 * Uploads files, and puts their names into the payload. Nothing is uploaded unless all of it can be.
 * @throws CommandError that names what has been uploaded; ProblemError, NetworkError
 */
export async function uploadInto({ type, payload, texts }: Order, session: Session): Promise<Prepared> {
  const { payload: schema } = await findType(type, session);
  const uploads = texts.map((text) => parseUpload(text, type, objectFieldsOf(schema)));
  await requireAll(payload ?? {}, uploads);
  let prepared: Prepared = { payload: payload ?? {}, uploads: [] };
  for (const { field, file } of uploads) {
    const object = objectName.test(file) ? file : await upload(file, prepared.uploads, session);
    prepared = {
      payload: withObject(prepared.payload, field, object),
      uploads: [...prepared.uploads, `--upload ${field.name}=${object}`],
    };
  }
  return prepared;
}

/** @throws CommandError if a file is not there, or has no place in the payload */
async function requireAll(payload: unknown, uploads: readonly Upload[]): Promise<void> {
  let planned = payload;
  for (const { field, file } of uploads) {
    planned = withObject(planned, field, file);
    if (!objectName.test(file)) await requireFile(file, fieldHint(file, field.name));
  }
}

/**
 * Where a type has one field for files, what is before a `=` may be part of a name, or the name of a field that there
 * is not.
 */
function fieldHint(file: string, field: string): string {
  const [, name] = /^([\w-]+)=/.exec(file) ?? [];
  return name === undefined ? '' : ` If "${name}" is to be a field: the field for a file is ${field}.`;
}

async function upload(file: string, before: readonly string[], session: Session): Promise<string> {
  try {
    return (await uploadFile(file, { session })).object;
  } catch (error) {
    throw withUploads(error, before, session);
  }
}

/** The same error, which also says how to repeat the command without another upload. */
export function withUploads(error: unknown, uploads: readonly string[], session: Session): unknown {
  if (uploads.length === 0) return error;
  const { ending, text } =
    session.signal.aborted && !(error instanceof CommandError)
      ? { ending: 'interrupted' as const, text: 'Interrupted.' }
      : describeFailure(error, session.place);
  const again = [
    'What was uploaded need not be uploaded again. In place of the file:',
    ...uploads.map((each) => `  ${each}`),
  ];
  return new CommandError(ending, [text, ...again].join('\n'), { cause: error });
}
