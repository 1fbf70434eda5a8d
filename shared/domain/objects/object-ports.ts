/** The stage's bucket, as use cases see it. */

/** A request that anybody can send who has it, until it expires. */
export interface SignedUpload {
  readonly method: 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs requests to the stage's bucket. */
export interface ObjectSigner {
  /**
   * A request by which bytes come into the bucket: of this length and type, and only if there is no such object yet.
   */
  signUpload(upload: {
    readonly name: string;
    readonly bytes: number;
    readonly contentType: string;
    /** Epoch milliseconds. */
    readonly now: number;
    readonly expiresSeconds: number;
  }): Promise<SignedUpload>;

  /** The URL of a GET that answers with the bytes of an object, or of a HEAD. It is good for that method only. */
  signDownload(download: {
    readonly name: string;
    readonly method?: 'GET' | 'HEAD';
    /** Under which name a browser saves it. Without one it shows it. */
    readonly fileName?: string;
    /** Epoch milliseconds. */
    readonly now: number;
    readonly expiresSeconds: number;
  }): Promise<string>;
}

export interface ReadOptions {
  /** Bytes from the beginning. */
  readonly from?: number | undefined;
  readonly signal?: AbortSignal;
}

/** What is written as an object. */
export interface NewObject {
  readonly name: string;
  readonly body: Uint8Array | string;
  readonly contentType: string;
}

/** The objects of the bucket. Every call @throws ObjectsUnavailableError; the signal's reason */
export interface ObjectStore {
  /** @returns bytes @throws MissingObjectError */
  size(name: string, signal?: AbortSignal): Promise<number>;
  /** The bytes to the end. Where the connection breaks, it goes on by itself. @throws MissingObjectError */
  read(name: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes an object, unless there is one of this name: an object is never overwritten. Who writes gives it a name that
   * nobody else has, so an object that is there is the writer's own, whose answer was lost.
   */
  put(object: NewObject): Promise<void>;
  /** It need not be there. */
  delete(name: string): Promise<void>;
}

/** An upload that goes on part by part, in each process that knows its id. */
export interface Upload {
  readonly name: string;
  readonly uploadId: string;
}

export interface UploadedPart {
  /** From 1 to 10,000. Parts make up the object in the order of their numbers; numbers may be left out. */
  readonly number: number;
  /** Of its bytes. */
  readonly etag: string;
  readonly bytes: number;
}

export const maxPartNumber = 10_000;

/**
 * Uploads in parts. Every call @throws ObjectsUnavailableError; UploadGoneError if there is no such upload (any more)
 */
export interface MultipartUploads {
  /** The size in which parts are sent. Only the last one may have less. */
  readonly partBytes: number;
  start(object: Omit<NewObject, 'body'>): Promise<Upload>;
  /** A part that has this number already is replaced. */
  putPart(part: Upload & { readonly number: number; readonly body: Uint8Array }): Promise<UploadedPart>;
  /** A part that is a piece of an object. @throws MissingObjectError */
  copyPart(
    part: Upload & {
      readonly number: number;
      readonly from: string;
      /** Bytes from the beginning: the first, and that after the last. */
      readonly start: number;
      readonly end: number;
    },
  ): Promise<UploadedPart>;
  /** In the order of their numbers. */
  listParts(upload: Upload): Promise<readonly UploadedPart[]>;
  /**
   * Makes the object of exactly these parts.
   * @throws UploadGoneError also if one of them was replaced, or if the object was made of other parts
   */
  complete(upload: Upload, parts: readonly UploadedPart[]): Promise<void>;
  /** It need not be there. */
  abort(upload: Upload): Promise<void>;
}
