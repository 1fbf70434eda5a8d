/** What the function may touch: its environment and its role follow from this list. */
export { alarmTopic, readJobs, watchedStage, watchState } from '../../shared/aws/uses/capabilities.ts';
