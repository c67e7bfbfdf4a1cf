/**
 * Finishes the extensions of event sources in place: left out where no pollers are asked for, else with the most that
 * the concurrency in their place needs. Throws for settings that do not fit.
 */
export function finishPollers(resources: {
  readonly extensions?: Record<string, { readonly Properties?: Record<string, unknown> }>;
}): void;
