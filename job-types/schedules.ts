import { defineSchedules } from '../shared/author/index.ts';
import { contracts } from './contracts.ts';

/**
 * Every recurring schedule: when it makes a job, and which one. For example
 *
 *     {
 *       name: 'nightly-report',
 *       cron: '30 2 * * MON-FRI', // minute, hour, day of the month, month, day of the week
 *       timeZone: 'Europe/Berlin',
 *       type: 'send-email',
 *       payload: { to: 'jane@example.com', subject: 'Good morning', text: 'It is half past two.' },
 *       tenant: 'acme',
 *     },
 */
export const schedules = defineSchedules(contracts, []);
