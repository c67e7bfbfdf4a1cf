import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';
import { Template } from './checks/template.ts';

/** Where the archives of this run are. */
export function packageDirectory(): string {
  return inject('packageDirectory');
}

export async function readTemplate(): Promise<Template> {
  const file = path.join(packageDirectory(), 'cloudformation-template-update-stack.json');
  return Template.parse(JSON.parse(await readFile(file, 'utf8')));
}
