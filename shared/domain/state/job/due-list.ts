/** The index of the jobs that wait outside of all queues, see `dueKeys`. */
export interface DueList {
  /**
   * Jobs of a part of the index that are to be looked at by `until`, epoch milliseconds: the earliest first. Eventually
   * consistent.
   * @returns their ids
   * @throws StoreUnavailableError
   */
  find(query: {
    readonly key: string;
    readonly until: number;
    readonly limit: number;
  }): Promise<readonly string[]>;
  /**
   * A page of all jobs of a part, whenever they are to be looked at: the earliest first. Eventually consistent.
   * @param query `after`: what the page before said that it goes on `next`
   * @throws StoreUnavailableError
   */
  page(query: { readonly key: string; readonly limit: number; readonly after?: string }): Promise<DuePage>;
}

export interface DuePage {
  readonly entries: readonly { readonly id: string; readonly lookAt: number }[];
  /** Absent on the last page. */
  readonly next?: string;
}
