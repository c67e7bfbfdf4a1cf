import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findCircle } from './helpers/find-circle.ts';
import { type FoundImport, readImports } from './helpers/read-imports.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Longest file of source code, in lines. */
const MAX_LINES = 300;
/** Longest list of cases. */
const MAX_TEST_LINES = 500;
/** Longest handler: wiring that is read in one look. */
const MAX_HANDLER_LINES = 60;

interface SourceFile {
  /** From the root, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly FoundImport[];
}

const sources: readonly SourceFile[] = ['functions', 'shared', 'infra', 'test'].flatMap(readSources);
const production = sources.filter(({ file }) => !file.startsWith('test/'));

/** Which areas an area may import besides itself; areas not named here may import anything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'shared/core': [],
  'shared/tasks': ['shared/core'],
  'shared/adapters': ['shared/core'],
  'shared/edge': ['shared/core'],
  functions: ['shared/edge', 'shared/adapters', 'shared/tasks', 'shared/core'],
  'infra/serverless': ['infra'],
  infra: [],
};

describe('imports', () => {
  it('go one way', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([]);
  });

  it('keep functions apart from each other; what they share stands beside their folders', () => {
    const folder = (file: string) => file.split('/').slice(1, -1).join('/');
    const crossing = sources
      .filter(({ file }) => file.startsWith('functions/'))
      .flatMap(({ file, imports }) =>
        imports
          .map(({ target }) => resolve(file, target))
          .filter(
            (target) => target?.startsWith('functions/') && !['', folder(file)].includes(folder(target)),
          )
          .map((target) => `${file} -> ${target}`),
      );
    expect(crossing).toEqual([]);
  });

  it('bring into the core nothing but the schema library and types', () => {
    const outside = sources
      .filter(({ file }) => file.startsWith('shared/core/'))
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ target }) => !target.startsWith('.') && target !== 'zod')
          .filter(({ target, typeOnly }) => !(typeOnly && target.startsWith('node:')))
          .map(({ target }) => `${file} -> ${target}`),
      );
    expect(outside).toEqual([]);
  });

  it('form no circle', () => {
    const graph = new Map(
      sources.map(({ file, imports }) => [
        file,
        imports.map(({ target }) => resolve(file, target)).filter((target) => target !== undefined),
      ]),
    );
    expect(findCircle(graph)).toEqual([]);
  });

  it('name packages of package.json and built-in modules only', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const declared = new Set(['dependencies', 'devDependencies'].flatMap((group) => keysOf(manifest, group)));
    const unknown = sources.flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => !target.startsWith('.') && !isBuiltin(target))
        .map(({ target, typeOnly }) => ({ name: packageOf(target), typeOnly }))
        .filter(({ name, typeOnly }) => !declared.has(name) && !(typeOnly && declared.has(`@types/${name}`)))
        .map(({ name }) => `${file} -> ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('take no development package into what is deployed', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const runtime = new Set(keysOf(manifest, 'dependencies'));
    const wrong = sources
      .filter(({ file }) => file.startsWith('functions/') || file.startsWith('shared/'))
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ target, typeOnly }) => !typeOnly && !target.startsWith('.') && !isBuiltin(target))
          .map(({ target }) => packageOf(target))
          .filter((name) => !runtime.has(name))
          .map((name) => `${file} -> ${name}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  it('stay short', () => {
    const long = sources
      .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > longest(file))
      .map(({ file, lines }) => `${file}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  it('have no drawer', () => {
    const drawers = sources.filter(({ file }) =>
      /(^|\/)(utils?|misc|common|helper|lib)(\.ts$|\/)/.test(file),
    );
    expect(drawers.map(({ file }) => file)).toEqual([]);
  });

  it.each([
    ['a type that says nothing', sources, /(:|<|\bas|\|)\s*any\b(?!\s*=)/, false],
    ['a silenced checker', sources, /@ts-(ignore|nocheck|expect-error)|biome-ignore|eslint-disable/, true],
    ['unfinished work', sources, /\b(TODO|FIXME|XXX)\b/, true],
    ['a module mock', sources, /\bvi\.(mock|doMock)\(/, false],
    [
      'output past the logger',
      production.filter(({ file }) => !file.startsWith('infra/')),
      /\bconsole\.\w+\(|process\.(stdout|stderr)\.write/,
      false,
    ],
    [
      'environment read past its one reader',
      production.filter(({ file }) => !file.startsWith('infra/')),
      /(?<!readConfig\()process\.env\b/,
      false,
    ],
  ])('hold no %s', (_, files, pattern, inComments) => {
    const own = path.relative(ROOT, fileURLToPath(import.meta.url));
    const found = files
      .filter(({ file }) => file !== own)
      .flatMap(({ file, text }) =>
        (inComments ? text : withoutComments(text))
          .split('\n')
          .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it('name no package registry', () => {
    const names = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    const registries =
      /\b(registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|files\.pythonhosted\.org)\b/;
    const found = [
      ...names.map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') })),
      ...sources.filter(({ file }) => file !== 'test/architecture.test.ts'),
    ].filter(({ text }) => registries.test(text));
    expect(found.map(({ file }) => file)).toEqual([]);
  });
});

it('finds what it looks for', () => {
  const bad = {
    file: 'shared/core/bad.ts',
    text: '',
    imports: [{ target: '../adapters/ffmpeg.ts', typeOnly: true }],
  };
  expect(forbiddenImports(bad)).toEqual(['shared/core/bad.ts -> shared/adapters/ffmpeg.ts']);
  const sideways = {
    file: 'shared/edge/bad.ts',
    text: '',
    imports: [{ target: '../tasks/a.ts', typeOnly: false }],
  };
  expect(forbiddenImports(sideways)).toEqual(['shared/edge/bad.ts -> shared/tasks/a.ts']);
  const backwards = {
    file: 'infra/bad.mjs',
    text: '',
    imports: [{ target: '../functions/sweep/handler.ts', typeOnly: false }],
  };
  expect(forbiddenImports(backwards)).toEqual(['infra/bad.mjs -> functions/sweep/handler.ts']);
});

function longest(file: string): number {
  if (file.endsWith('/handler.ts')) return MAX_HANDLER_LINES;
  return file.endsWith('.test.ts') ? MAX_TEST_LINES : MAX_LINES;
}

function forbiddenImports({ file, imports }: SourceFile): string[] {
  const from = areaOf(file);
  const allowed = ALLOWED[from];
  if (allowed === undefined) return [];
  return imports
    .map(({ target }) => resolve(file, target))
    .filter((target) => target !== undefined)
    .filter((target) => areaOf(target) !== from && !allowed.includes(areaOf(target)))
    .map((target) => `${file} -> ${target}`);
}

/** `shared/core`, `functions`, `infra/local`, `test`, …; files straight under infra are `infra`. */
function areaOf(file: string): string {
  const [first = '', second = '', ...rest] = file.split('/');
  if (first === 'functions' || first === 'test') return first;
  return rest.length > 0 ? `${first}/${second}` : first;
}

/** The imported file from the root; undefined for packages. */
function resolve(file: string, target: string): string | undefined {
  return target.startsWith('.')
    ? path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
    : undefined;
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function isBuiltin(target: string): boolean {
  return target.startsWith('node:') || builtinModules.includes(target);
}

function keysOf(manifest: unknown, group: string): string[] {
  const found = new Map(Object.entries(Object(manifest))).get(group);
  return Object.keys(Object(found));
}

/** Blanks comments, so that lines keep their numbers. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$|\.mjs$/.test(name))
    .map((name) => {
      const file = `${folder}/${name.split(path.sep).join('/')}`;
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      return { file, text, imports: readImports(text) };
    });
}
