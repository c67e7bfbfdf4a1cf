/** One rule of a job definition's `EvaluateOnExit`; all patterns that it has must match. */
export interface RetryRule {
  readonly onExitCode?: string | undefined;
  readonly onReason?: string | undefined;
  readonly onStatusReason?: string | undefined;
  readonly action: 'RETRY' | 'EXIT';
}

export interface RetryStrategy {
  /** Of a job in all, 1 to 10. */
  readonly attempts: number;
  /** At most five; the first that matches decides. */
  readonly rules: readonly RetryRule[];
}

/** How an attempt ended, in the words of AWS Batch. */
export interface AttemptEnd {
  /** Null when there was no process. */
  readonly exitCode: number | null;
  /** Of the container. */
  readonly reason: string | null;
  readonly statusReason: string | null;
}

/**
 * Whether a failed attempt is followed by another one; without a rule that matches it is, while attempts are left.
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html
 * @param attempt number of the attempt that ended, from 1
 */
export function isRetried(strategy: RetryStrategy, attempt: number, end: AttemptEnd): boolean {
  if (attempt >= strategy.attempts) return false;
  return strategy.rules.find((rule) => fits(rule, end))?.action !== 'EXIT';
}

function fits({ onExitCode, onReason, onStatusReason }: RetryRule, end: AttemptEnd): boolean {
  return (
    matches(onExitCode, end.exitCode === null ? '' : String(end.exitCode)) &&
    matches(onReason, end.reason ?? '') &&
    matches(onStatusReason, end.statusReason ?? '')
  );
}

/** An asterisk at the end stands for anything, nothing included. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
