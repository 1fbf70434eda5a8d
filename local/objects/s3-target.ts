import { S3Error } from './s3-error.ts';

/** What a request is for: its path and its query, decoded. */
export interface S3Target {
  readonly path: string;
  readonly bucket: string;
  /** Empty if the request is for the bucket itself. */
  readonly key: string;
  /** In their order; a name may come twice. */
  readonly query: readonly (readonly [string, string])[];
  /** The first value of a parameter. */
  parameter(name: string): string | undefined;
}

const maxKeyBytes = 1024;

/**
 * Reads the target of a request line, with the bucket in the path.
 * @throws S3Error if it is not encoded well, or if the key has a segment that a client would take for a folder above
 */
export function targetOf(url: string): S3Target {
  const at = url.indexOf('?');
  const [path, search] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
  const decoded = decode(path);
  if (!decoded.startsWith('/') || decoded.split('/').some((segment) => segment === '.' || segment === '..'))
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  const [, bucket = '', ...segments] = decoded.split('/');
  const key = segments.join('/');
  if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error('KeyTooLongError', 'Your key is too long');
  const query = search
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...rest] = part.split('=');
      return [decode(name), decode(rest.join('='))] as const;
    });
  return {
    path: decoded,
    bucket,
    key,
    query,
    parameter: (name) => query.find(([each]) => each === name)?.[1],
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
}
