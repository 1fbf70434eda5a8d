import { defineSchedules } from '../../shared/author/index.ts';
import { contracts } from './contracts.ts';

/** Tests that need some write them into a copy of the project. */
export const schedules = defineSchedules(contracts, []);
