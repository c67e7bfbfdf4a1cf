import { parseArgs } from 'node:util';
import { measureApi } from './measure-api.ts';
import { measureFanOut } from './measure-fan-out.ts';
import { measureMemory } from './measure-memory.ts';
import { measureStoryboard } from './measure-storyboard.ts';
import type { Row } from './row.ts';

const MEASURES: Readonly<Record<string, () => Promise<Row[]>>> = {
  'fan-out': measureFanOut,
  storyboard: measureStoryboard,
  memory: measureMemory,
  api: measureApi,
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = positionals.length > 0 ? positionals : Object.keys(MEASURES);
const rows: Row[] = [];
for (const name of wanted) {
  const measure = MEASURES[name];
  if (measure === undefined) {
    process.stderr.write(`There is no measure "${name}"; there are ${Object.keys(MEASURES).join(', ')}.\n`);
    process.exit(2);
  }
  process.stderr.write(`${name} …\n`);
  rows.push(...(await measure()));
}
process.stdout.write(values.json ? `${JSON.stringify(rows)}\n` : table(rows));

function table(lines: readonly Row[]): string {
  const cells = lines.map((line) => [
    line.name,
    `${line.value} ${line.unit}`,
    line.target ?? '',
    line.holds ? 'holds' : 'MISSED',
    line.runs.join(' '),
  ]);
  const all = [['what', 'median', 'target', '', 'runs'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((cell) => (cell[column] ?? '').length)));
  return all
    .map((cell) => `${cell.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('');
}
