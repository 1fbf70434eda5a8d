const checkMs = 500;
const parent = process.ppid;

/**
 * Ends this process, as Ctrl-C would, when its parent has gone, if that is npm (which passes a SIGTERM on to the shell
 * between the two, and the shell dies of it) or says so with `END_WITH_PARENT`. A shell may go and leave it running.
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
