import { describeControl, describeKeptMessages } from './control.suite.ts';
import { describeNotifications } from './notifications.suite.ts';
import { describeSlices } from './slices.suite.ts';
import { describeStreamedResults } from './streamed-result.suite.ts';
import { describeSubjects } from './subjects.ts';

describeSubjects({
  slices: describeSlices,
  'streamed results': describeStreamedResults,
  control: describeControl,
  'kept messages': describeKeptMessages,
  notifications: describeNotifications,
});
