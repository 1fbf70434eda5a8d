/** The reader of the output, such as `head`, may have seen enough: that is the end of the program, and no error. */
export function endAtClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
