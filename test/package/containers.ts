import { z } from 'zod';
import { property, type Resource, resourcesOf, type Template } from './checks/template.ts';

const Environment = z.array(z.object({ Name: z.string(), Value: z.unknown() }));

/** The job definitions of a template, by logical id. */
export function jobDefinitions(template: Template): [string, Resource][] {
  return resourcesOf(template, 'AWS::Batch::JobDefinition');
}

export function environmentOf(definition: Resource | undefined): Record<string, unknown> {
  const list = Environment.parse(property(definition, 'ContainerProperties.Environment'));
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

export function commandOf(definition: Resource | undefined): string[] {
  return z.array(z.string()).parse(property(definition, 'ContainerProperties.Command'));
}

/** Where a template's containers find what they run. */
export function archiveOf(template: Template): { readonly key: string; readonly sha256: string } {
  const environment = environmentOf(template.Resources['BatchDefinition30']);
  return {
    key: z.string().parse(environment['WORKER_ARCHIVE_KEY']),
    sha256: z.string().parse(environment['WORKER_ARCHIVE_SHA256']),
  };
}
