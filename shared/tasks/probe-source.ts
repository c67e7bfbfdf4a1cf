import { MillraceError } from '../core/errors.ts';
import type { Source } from '../core/job.ts';
import { assertUsableKey } from '../core/keys.ts';
import type { OpenMedia, ProbeTool } from '../core/ports/media.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Probe } from '../core/probe.ts';
import { readMedia } from './read-media.ts';

export interface ProbePorts {
  readonly sources: ObjectStore;
  readonly openMedia: OpenMedia;
  readonly probe: ProbeTool;
}

/**
 * Looks at an uploaded object, cheapest question first.
 * @throws MillraceError `input.*` when it cannot be used
 */
export async function probeSource(ports: ProbePorts, source: Source, maxBytes: number): Promise<Probe> {
  assertUsableKey(source.key);
  if (source.size === 0) throw new MillraceError('input.empty', 'The uploaded file is empty (0 bytes).');
  if (source.size > maxBytes) {
    throw new MillraceError(
      'input.too_large',
      `The file is ${source.size} bytes long; at most ${maxBytes} are allowed.`,
    );
  }
  const { key, size } = source;
  const pin = { etag: source.etag, versionId: source.versionId };
  if ((await ports.sources.head(key, pin)) === undefined) {
    throw new MillraceError(
      'input.missing',
      'The uploaded file was removed or replaced before it could be read.',
    );
  }
  const object = { store: ports.sources, key, pin, size };
  return readMedia(ports.openMedia, object, (input) => ports.probe.probe(input));
}
