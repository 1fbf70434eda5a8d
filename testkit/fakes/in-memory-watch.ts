import { type AlarmTopic, WatchUnavailableError } from '../../shared/domain/watch/watch-ports.ts';

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
