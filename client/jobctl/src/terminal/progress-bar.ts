import cliProgress from 'cli-progress';
import type { Sink } from './output.ts';

/**
 * A progress bar that goes when it has ended. @param text what stands after the percentage, as cli-progress has formats
 */
export const progressBar = (stream: Sink, text: string): cliProgress.SingleBar =>
  new cliProgress.SingleBar({
    format: `{bar} {percentage} %  ${text}`,
    stream,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    // The process has its own way to end.
    gracefulExit: false,
  });
