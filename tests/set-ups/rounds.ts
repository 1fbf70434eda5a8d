import { setImmediate } from 'node:timers/promises';

/** What follows an answer in this process has its turn. */
async function fewTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

/** Begins a call together with all that are made before one of them is answered: as if each took equally long. */
export class Rounds {
  count = 0;
  #underWay = 0;
  #held: (() => void)[] = [];
  readonly #settle: () => Promise<unknown>;

  /** @param settle waits until what follows from an answer has been called, too */
  constructor(settle: () => Promise<unknown> = fewTurns) {
    this.#settle = settle;
  }

  async call<T>(make: () => Promise<T>): Promise<T> {
    await this.begin();
    return make().finally(() => this.end());
  }

  /** @returns when the call may be made */
  begin(): Promise<void> {
    return new Promise((begin) => {
      this.#held.push(begin);
      if (this.#held.length === 1 && this.#underWay === 0) void this.#beginAll();
    });
  }

  /** The call is answered. */
  end(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0 && this.#held.length > 0) void this.#beginAll();
  }

  async #beginAll(): Promise<void> {
    await this.#settle();
    this.count += 1;
    const begun = this.#held.splice(0);
    this.#underWay = begun.length;
    for (const begin of begun) begin();
  }
}
