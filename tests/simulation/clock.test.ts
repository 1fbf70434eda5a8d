import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'jobs by the clock', parts: ['clock'], moreThan: 1 });
