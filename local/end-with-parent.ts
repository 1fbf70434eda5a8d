const checkMs = 500;
const parent = process.ppid;

/**
 * Ends this process, as Ctrl-C would, when its parent process has ended. npm needs this: it passes a SIGTERM on to the
 * shell between the two, and only the shell ends. Other parents ask for it with `END_WITH_PARENT`. Without either, the
 * process outlives its parent, so that a shell can end and leave it running.
 */
export function endWithParent(): void {
  const { npm_lifecycle_event, END_WITH_PARENT } = process.env;
  if (!npm_lifecycle_event && !END_WITH_PARENT) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, checkMs);
  timer.unref();
}
