import { isRunning } from '../local/running-system.ts';

const checkMs = 1_000;

/**
 * Watches the `npm start` that a server receives from. A new one has other addresses, also on the same port.
 * @param onEnd called once, when that process has ended
 */
export function watchSystem(pid: number, onEnd: () => void): void {
  const timer = setInterval(() => {
    if (isRunning(pid)) return;
    clearInterval(timer);
    onEnd();
  }, checkMs);
  timer.unref();
}
