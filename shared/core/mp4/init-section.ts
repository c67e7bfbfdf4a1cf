import { ascii, concat, u32 } from './bytes.ts';
import { TRACK_ID } from './fragment.ts';
import { movieHeader, trackBox } from './movie-boxes.ts';
import { sampleDescription } from './sample-entry.ts';
import type { SampleFacts } from './sample-facts.ts';
import { box, fullBox } from './write-box.ts';

/** CMAF, ISO/IEC 23000-19. */
const BRANDS = ['iso6', 'cmfc', 'mp41'];

export type InitFacts = Pick<SampleFacts, 'kind' | 'entry' | 'width' | 'height' | 'timescale'>;

/** `ftyp` and `moov` of a media file: no samples, those are in its fragments. */
export function initSection({ kind, entry, width, height, timescale }: InitFacts): Uint8Array {
  const empty = ['stts', 'stsc'].map((type) => fullBox(type, 0, 0, u32(0)));
  const tables = [...empty, fullBox('stsz', 0, 0, u32(0, 0)), fullBox('stco', 0, 0, u32(0))];
  const track = trackBox({
    ...{ kind, id: TRACK_ID, width, height, timescale, duration: 0, movieDuration: 0, edits: null },
    sampleTable: concat([sampleDescription(entry), ...tables]),
  });
  const inFragments = box('mvex', fullBox('trex', 0, 0, u32(TRACK_ID, 1, 0, 0, 0)));
  return concat([
    box('ftyp', ascii('iso6'), u32(0), ...BRANDS.map(ascii)),
    box('moov', movieHeader(timescale, 0, 1), track, inFragments),
  ]);
}
