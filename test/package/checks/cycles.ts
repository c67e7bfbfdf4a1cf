import { references, type Template } from './template.ts';

/** The first circle of resources that wait for each other, as logical ids; empty when there is none. */
export function findCycle(template: Template): string[] {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] => {
    const start = path.indexOf(id);
    if (start >= 0) return [...path.slice(start), id];
    if (done.has(id)) return [];
    for (const next of dependencies(template, id)) {
      const cycle = visit(next, [...path, id]);
      if (cycle.length > 0) return cycle;
    }
    done.add(id);
    return [];
  };
  for (const id of Object.keys(template.Resources)) {
    const cycle = visit(id, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function dependencies(template: Template, id: string): string[] {
  const resource = template.Resources[id];
  if (resource === undefined) return [];
  const named = [...resource.DependsOn, ...references(resource.Properties, id).map(({ target }) => target)];
  return named.filter((name) => template.Resources[name] !== undefined);
}
