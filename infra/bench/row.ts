/** One line of the result table. */
export interface Row {
  readonly name: string;
  /** Median of `runs`. */
  readonly value: number;
  readonly unit: string;
  /** Upper bound (`<=`) or lower bound (`>=`) that the value is held against; null when it only informs. */
  readonly target: string | null;
  readonly holds: boolean;
  readonly runs: readonly number[];
}

export interface Bound {
  readonly op: '<=' | '>=';
  readonly limit: number;
}

/** A row from the values of its runs; without a bound it holds. */
export function row(name: string, unit: string, runs: readonly number[], bound?: Bound): Row {
  const value = median(runs);
  return {
    name,
    value: round(value),
    unit,
    target: bound ? `${bound.op} ${bound.limit}` : null,
    holds: bound ? (bound.op === '<=' ? value <= bound.limit : value >= bound.limit) : true,
    runs: runs.map(round),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('median of no values');
  return (upper + lower) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
