import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Calibration } from '../../shared/core/route/calibration.ts';

const TABLE = fileURLToPath(new URL('../../shared/core/route/calibration-table.ts', import.meta.url));

/** Replaces the table that predictions are made from. @returns its path */
export async function writeCalibration(calibration: Calibration): Promise<string> {
  const json = JSON.stringify(calibration, (_key, value: unknown) => rounded(value), 2);
  // As the formatter has it: bare names, a comma behind every last entry.
  const data = json.replace(/"(\w+)":/g, '$1:').replace(/(?<=[^\s{[,])\n(?=\s*[}\]])/g, ',\n');
  const text = `import type { Calibration } from './calibration.ts';

/** Written by \`npm run bench -- --calibrate\` on one vCPU's worth of an x86_64 machine, with the packaged ffmpeg. */
export const CALIBRATION: Calibration = ${data};
`;
  await writeFile(TABLE, text);
  return TABLE;
}

/** Three digits: no measurement repeats better. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : value;
}
