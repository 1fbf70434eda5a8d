import { type Memory, nothingSeen, readMemory } from '../../shared/domain/watch/memory.ts';
import {
  type AlarmTopic,
  type WatchState,
  WatchUnavailableError,
} from '../../shared/domain/watch/watch-ports.ts';

/** What a check keeps, as a text. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryWatchState implements WatchState {
  #text = JSON.stringify(nothingSeen);
  #version = 0;
  writes = 0;

  async read() {
    return { memory: readMemory(this.#text), version: this.#version };
  }

  async write(memory: Memory, version: number): Promise<boolean> {
    if (version !== this.#version) return false;
    this.writes += 1;
    this.#text = JSON.stringify(memory);
    this.#version += 1;
    return true;
  }
}

/** A topic that keeps the texts. */
export class RecordedTopic implements AlarmTopic {
  readonly texts: { readonly subject: string; readonly body: string }[] = [];
  listeners = 1;
  isFailing = false;

  async publish(text: { readonly subject: string; readonly body: string }): Promise<void> {
    if (this.isFailing) throw new WatchUnavailableError('publish fails in this test');
    this.texts.push(text);
  }

  async subscribers(): Promise<number> {
    return this.listeners;
  }
}
