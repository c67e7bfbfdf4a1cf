const PICTURE = 'chunk-';
const AUDIO = 'audio-';
const DIGITS = 5;

/** What a task of a chunked job makes, by its name. */
export interface ChunkName {
  readonly kind: 'picture' | 'audio';
  /** From 0. */
  readonly index: number;
}

export function chunkName({ kind, index }: ChunkName): string {
  return `${kind === 'picture' ? PICTURE : AUDIO}${String(index).padStart(DIGITS, '0')}`;
}

/** Null for the name of any other task. */
export function parseChunkName(name: string): ChunkName | null {
  const [, prefix, digits] = name.match(/^(chunk-|audio-)(\d{5,9})$/) ?? [];
  if (prefix === undefined || digits === undefined) return null;
  return { kind: prefix === PICTURE ? 'picture' : 'audio', index: Number(digits) };
}
