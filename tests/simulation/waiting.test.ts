import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'waiting jobs', parts: ['waiting'], moreThan: 4 });
