import { defineSchedules } from '../../shared/author/index.ts';
import { contracts } from './contracts.ts';

export const schedules = defineSchedules(contracts, []);
