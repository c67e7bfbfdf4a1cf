import { median, type Row } from '../row.ts';
import { textTable } from '../text-table.ts';
import type { LaneResult } from './lane-results.ts';
import { type Numbers, SOURCES } from './numbers.ts';
import type { LaneOutcome } from './other-lanes.ts';

/** The whole report of the model: what it assumes, what follows, which targets hold. */
export function modelReport(
  numbers: Numbers,
  results: readonly LaneResult[],
  targets: readonly Row[],
): string {
  return [
    'Simulated, not measured: encodes cost what shared/core/route/calibration-table.ts says of this machine,',
    'everything else is assumed as follows.\n',
    textTable([['assumption', 'value', 'source'], ...assumptions(numbers)]),
    'From the end of the upload, medians of the seeds:\n',
    textTable([['source', 'lane', 'first playable', 'done', 'cost'], ...results.map(resultLine)]),
    'Targets and answers:\n',
    textTable([['what', 'median', 'target', ''], ...targets.map(targetLine)]),
    'A second run beside the slowest pays where it saves a larger share of the time than it adds to the cost: above 1.\n',
  ].join('\n');
}

function assumptions(numbers: Numbers): string[][] {
  const values = new Map<string, number>(Object.entries(numbers));
  return Object.entries(SOURCES).map(([name, source]) => [
    inWords(name),
    String(Number((values.get(name) ?? Number.NaN).toPrecision(4))),
    source,
  ]);
}

function resultLine({ workload, lane, runs }: LaneResult): string[] {
  if (runs.length === 0) return [workload, lane, 'does not fit', '', ''];
  const middle = (of: (run: LaneOutcome) => number): number => median(runs.map(of));
  return [
    workload,
    lane,
    `${middle(({ firstPlayable }) => firstPlayable).toFixed(1)} s`,
    `${middle(({ done }) => done).toFixed(1)} s`,
    `$${middle(({ usd }) => usd).toFixed(4)}`,
  ];
}

function targetLine({ name, value, unit, target, holds }: Row): string[] {
  return [name, `${value} ${unit}`, target ?? '', target === null ? '' : holds ? 'holds' : 'MISSED'];
}

/** `coldStartSeconds`: `cold start seconds`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
