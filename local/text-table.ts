const isNumeric = (cell: string): boolean => /^[-+]?[\d.,]+( \S+)?$/.test(cell);

/** A table for a terminal; columns of numbers are aligned to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.map((title, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(title.length, ...cells.map((cell) => cell.length));
    const toRight = cells.length > 0 && cells.every((cell) => cell === '' || isNumeric(cell));
    return { width, pad: (cell: string) => (toRight ? cell.padStart(width) : cell.padEnd(width)) };
  });
  const line = (cells: readonly string[]) =>
    `  ${columns.map(({ pad }, column) => pad(cells[column] ?? '')).join('   ')}`.trimEnd();
  const rule = columns.map(({ width }) => '─'.repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
