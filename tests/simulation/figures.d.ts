export function noteFigures(part: string, figures: string): void;
