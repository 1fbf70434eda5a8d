import type { JobItem } from '../job/item.ts';
import { answerObjectsOf } from './saved-signals.ts';
import { stepBlocksOf } from './saved-steps.ts';
import { objectOfText } from './stored-text.ts';

/** The names of the objects that a saved state is in. */
export const objectsOfState = ({
  checkpoint,
  output,
  steps,
  ...owner
}: Pick<JobItem, 'tenant' | 'id' | 'checkpoint' | 'output' | 'steps'>): readonly string[] =>
  [objectOfText(checkpoint), output?.tail, ...stepBlocksOf(owner, steps)].flatMap((name) => name ?? []);

/** The names of all objects that an item refers to, each once. */
export const objectsOf = (item: JobItem): readonly string[] => {
  const { message, messageObject, resultObject } = item;
  const names = [
    ...[objectOfText(message), messageObject, ...objectsOfState(item), resultObject?.name],
    ...answerObjectsOf(item, item.signals),
  ];
  return [...new Set(names.flatMap((name) => name ?? []))];
};
