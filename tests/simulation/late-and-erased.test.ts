import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'late and erased jobs', parts: ['late-and-erased'], moreThan: 4 });
