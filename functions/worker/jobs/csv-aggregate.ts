import type { Work } from './work.ts';
export const csvAggregate: Work<'csv-aggregate'> = async () => ({ rows: 0, groups: [] });
