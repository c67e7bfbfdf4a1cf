import type { JobError, Warning } from '../../core/errors.ts';

/** Characters; keeps an item far below the 400 KB that the table takes. */
const MAX_TEXT = 2_000;
const MAX_WARNINGS = 50;

/** Cuts a text that could have any length, on a whole character, and shows that it was cut. */
export function boundedText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function boundedError(error: JobError): JobError {
  return { ...error, detail: boundedText(error.detail), remedy: boundedText(error.remedy) };
}

export function boundedWarnings(warnings: readonly Warning[]): Warning[] {
  return warnings
    .slice(0, MAX_WARNINGS)
    .map((warning) => ({ ...warning, detail: boundedText(warning.detail) }));
}
