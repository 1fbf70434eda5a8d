export function recordFigures(part: string, figures: string): void;
