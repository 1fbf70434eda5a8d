/** A map in the place of items with a TTL: it knows when each of them expires. The fake that plays the table removes them. */
export class ExpiringMap<Value> extends Map<string, Value> {
  /** Epoch seconds, by key. */
  readonly expiresAt = new Map<string, number>();

  /** @param expiresAt epoch seconds */
  keep(key: string, value: Value, expiresAt: number): void {
    this.set(key, value);
    this.expiresAt.set(key, expiresAt);
  }

  override delete(key: string): boolean {
    this.expiresAt.delete(key);
    return super.delete(key);
  }
}
