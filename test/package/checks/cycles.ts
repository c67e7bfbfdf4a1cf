import { findCircle } from '../../helpers/find-circle.ts';
import { references, type Template } from './template.ts';

/** The first circle of resources that wait for each other, as logical ids; empty when there is none. */
export function findCycle(template: Template): string[] {
  const graph = Object.entries(template.Resources).map(([id, resource]): [string, string[]] => [
    id,
    [...resource.DependsOn, ...references(resource.Properties, id).map(({ target }) => target)],
  ]);
  return findCircle(new Map(graph));
}
