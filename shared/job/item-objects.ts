import type { JobItem } from './item.ts';
import { objectOfText } from './kept-text.ts';

/** The names of all objects that an item refers to, each once. */
export const objectsOf = ({
  message,
  messageObject,
  checkpoint,
  resultObject,
  output,
}: JobItem): readonly string[] => [
  ...new Set(
    [
      objectOfText(message),
      messageObject,
      objectOfText(checkpoint),
      resultObject?.name,
      output?.tail,
    ].flatMap((name) => name ?? []),
  ),
];
