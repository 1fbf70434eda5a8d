/** A promise that knows whether anybody waits for it. */
export class WatchedPromise<T> extends Promise<T> {
  isAwaited = false;

  // What is derived from it is a plain promise.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, and that is what is watched.
  override then<Value = T, Other = never>(
    onValue?: ((value: T) => Value | PromiseLike<Value>) | null,
    onError?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    this.isAwaited = true;
    return super.then(onValue, onError);
  }

  /** A rejection that nobody waits for is a finding, and must not end the process. */
  static of<T>(promise: Promise<T>): WatchedPromise<T> {
    const watched = new WatchedPromise<T>((resolve, reject) => {
      promise.then(resolve, reject);
    });
    Promise.prototype.then.call(watched, undefined, () => undefined);
    return watched;
  }
}
