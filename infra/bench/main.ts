import { parseArgs } from 'node:util';
import { calibrate } from './calibrate.ts';
import { measureApi } from './measure-api.ts';
import { measureBatch } from './measure-batch.ts';
import { measureChunked } from './measure-chunked.ts';
import { measureFanOut } from './measure-fan-out.ts';
import { measureFirstPlayable } from './measure-first-playable.ts';
import { measureMemory } from './measure-memory.ts';
import { measurePrediction } from './measure-prediction.ts';
import { measureSourceBytes } from './measure-source-bytes.ts';
import { measureStoryboard } from './measure-storyboard.ts';
import { laneResults, resultRows } from './model/lane-results.ts';
import { NUMBERS } from './model/numbers.ts';
import { modelReport } from './model/print-model.ts';
import { targetRows } from './model/target-rows.ts';
import type { Row } from './row.ts';
import { textTable } from './text-table.ts';
import { writeCalibration } from './write-calibration.ts';

const MEASURES: Readonly<Record<string, () => Promise<Row[]>>> = {
  'fan-out': measureFanOut,
  batch: measureBatch,
  chunked: measureChunked,
  'first-playable': measureFirstPlayable,
  'source-bytes': measureSourceBytes,
  storyboard: measureStoryboard,
  memory: measureMemory,
  prediction: measurePrediction,
  api: measureApi,
};

const USAGE = `Usage: npm run bench [-- MEASURE... [--json]]; measures: ${Object.keys(MEASURES).join(', ')}
       npm run bench -- --model [--json]: simulates the deployed service from what was measured
       npm run bench -- --calibrate: measures on this machine what predictions are made from
`;

const { names, json, isModel, isCalibration } = readArguments();
if (isCalibration) {
  process.stderr.write('calibrating …\n');
  process.stdout.write(`${await writeCalibration(await calibrate())}\n`);
  process.exit(0);
}
if (isModel) {
  const results = laneResults(NUMBERS);
  const targets = targetRows(NUMBERS);
  process.stdout.write(
    json
      ? `${JSON.stringify([...resultRows(results), ...targets])}\n`
      : modelReport(NUMBERS, results, targets),
  );
  process.exit(0);
}
const rows: Row[] = [];
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  rows.push(...((await MEASURES[name]?.()) ?? []));
}
process.stdout.write(json ? `${JSON.stringify(rows)}\n` : table(rows));

function table(lines: readonly Row[]): string {
  const cells = lines.map((line) => [
    line.name,
    `${line.value} ${line.unit}`,
    line.target ?? '',
    line.holds ? 'holds' : 'MISSED',
    line.runs.join(' '),
  ]);
  return textTable([['what', 'median', 'target', '', 'runs'], ...cells]);
}

function readArguments(): {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly isModel: boolean;
  readonly isCalibration: boolean;
} {
  try {
    const { values, positionals } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        model: { type: 'boolean', default: false },
        calibrate: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => MEASURES[name] === undefined);
    if (unknown !== undefined) throw new TypeError(`There is no measure "${unknown}".`);
    if (values.calibrate && (positionals.length > 0 || values.json || values.model)) {
      throw new TypeError('--calibrate stands alone.');
    }
    if (values.model && positionals.length > 0) throw new TypeError('--model takes no measures.');
    return {
      names: positionals.length > 0 ? positionals : Object.keys(MEASURES),
      json: values.json,
      isModel: values.model,
      isCalibration: values.calibrate,
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}
