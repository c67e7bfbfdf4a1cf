import { expect, it } from 'vitest';
import { readImports } from '../helpers/read-imports.ts';

it.each([
  ["import a from './a.ts';", [{ target: './a.ts', typeOnly: false }]],
  ["import { a, type B } from '../b.ts';", [{ target: '../b.ts', typeOnly: false }]],
  ["import type { A } from 'node:fs';", [{ target: 'node:fs', typeOnly: true }]],
  ['import * as all from "zod";', [{ target: 'zod', typeOnly: false }]],
  ["import './side-effect.ts';", [{ target: './side-effect.ts', typeOnly: false }]],
  ["import {\n  one,\n  two,\n} from './many.ts';", [{ target: './many.ts', typeOnly: false }]],
  [
    "export { a } from './a.ts';\nexport type { B } from './b.ts';",
    [
      { target: './a.ts', typeOnly: false },
      { target: './b.ts', typeOnly: true },
    ],
  ],
  ["export * from './all.ts';", [{ target: './all.ts', typeOnly: false }]],
  [`const late = await import${"('./late.ts')"};`, [{ target: './late.ts', typeOnly: false }]],
  ["// import a from './a.ts';\n/* import b from './b.ts'; */\nconst text = 'x';", []],
  ["export const from = 'nowhere';", []],
])('reads %s', (text, imports) => {
  expect(readImports(text)).toEqual(imports);
});
