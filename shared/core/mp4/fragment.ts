import { concat, u32, u64, written } from './bytes.ts';
import { decodeTime, isDecodedEvenly } from './decode-time.ts';
import { invalidMedia } from './invalid-media.ts';
import type { Fragment, MediaIndex } from './media-index.ts';
import type { SampleFacts } from './sample-facts.ts';
import { box, fullBox } from './write-box.ts';

/** Of `tfhd` and `trun`: ISO/IEC 14496-12, sections 8.8.7 and 8.8.8. */
const TFHD = { DEFAULT_DURATION: 0x8, DEFAULT_FLAGS: 0x20, DEFAULT_BASE_IS_MOOF: 0x20000 };
const TRUN = { DATA_OFFSET: 0x1, FIRST_FLAGS: 0x4, DURATIONS: 0x100, SIZES: 0x200, COMPOSITIONS: 0x800 };
/** Of samples, section 8.8.3.1: depends on no other; depends on others and is no place to begin. */
export const SYNC_SAMPLE = 0x0200_0000;
const DEPENDENT_SAMPLE = 0x0101_0000;
export const TRACK_ID = 1;
/** `moof`, `mfhd`, `traf`, `tfhd`, `tfdt`, `trun` up to its samples, and the header of the `mdat`. */
const HEADER_BYTES = 8 + 16 + 8 + 24 + 20 + 20 + 8;

export type FragmentFacts = SampleFacts & Pick<MediaIndex, 'leadFrames'>;

/** Where the fragments of a file lie that have so many samples each. */
export function layFragments(
  facts: FragmentFacts,
  samplesOfEach: readonly number[],
  mediaOffset: number,
): readonly Fragment[] {
  const fragments: Fragment[] = [];
  let first = 0;
  let offset = mediaOffset;
  for (const samples of samplesOfEach) {
    const flags = runFlags(facts, first, samples);
    const headerBytes = HEADER_BYTES + (flags & TRUN.FIRST_FLAGS ? 4 : 0) + samples * sampleBytes(flags);
    let bytes = headerBytes;
    for (let sample = first; sample < first + samples; sample += 1) bytes += facts.sizes[sample] ?? 0;
    if (bytes > 0xffff_ffff) throw invalidMedia(`a fragment of ${bytes} bytes`);
    fragments.push({ first, samples, offset, headerBytes, bytes });
    first += samples;
    offset += bytes;
  }
  return fragments;
}

function runFlags(facts: FragmentFacts, first: number, samples: number): number {
  const { kind, sizes, sampleDuration, lastDuration } = facts;
  const ofKind = kind === 'picture' ? TRUN.FIRST_FLAGS | TRUN.COMPOSITIONS : 0;
  const isLast = first + samples === sizes.length;
  const differs = (isLast && lastDuration !== sampleDuration) || !isDecodedEvenly(facts, first);
  return TRUN.DATA_OFFSET | TRUN.SIZES | ofKind | (differs ? TRUN.DURATIONS : 0);
}

function sampleBytes(flags: number): number {
  return 4 * [TRUN.DURATIONS, TRUN.SIZES, TRUN.COMPOSITIONS].filter((flag) => flags & flag).length;
}

/** The `moof` of a fragment and the header of its `mdat`; the samples follow. */
export function fragmentHeader(index: MediaIndex, number: number): Uint8Array {
  const fragment = index.fragments[number];
  if (fragment === undefined) throw new RangeError(`fragment ${number} of ${index.fragments.length}`);
  const defaults = u32(
    TRACK_ID,
    index.sampleDuration,
    index.kind === 'picture' ? DEPENDENT_SAMPLE : SYNC_SAMPLE,
  );
  const flags = TFHD.DEFAULT_BASE_IS_MOOF | TFHD.DEFAULT_DURATION | TFHD.DEFAULT_FLAGS;
  const moof = box(
    'moof',
    fullBox('mfhd', 0, 0, u32(number + 1)),
    box(
      'traf',
      fullBox('tfhd', 0, flags, defaults),
      fullBox('tfdt', 1, 0, u64(decodeTime(index, fragment.first))),
      trackRun(index, fragment),
    ),
  );
  const mdat = box('mdat');
  mdat.set(u32(fragment.bytes - moof.length));
  return concat([moof, mdat]);
}

function trackRun(index: MediaIndex, { first, samples, headerBytes }: Fragment): Uint8Array {
  const { kind, sizes, shifts, start, sampleDuration, lastDuration } = index;
  const flags = runFlags(index, first, samples);
  const timeOf = (sample: number) => decodeTime(index, sample);
  const entries = written(samples * sampleBytes(flags), (view) => {
    let at = 0;
    for (let sample = first; sample < first + samples; sample += 1) {
      if (flags & TRUN.DURATIONS) {
        const isLast = sample === sizes.length - 1;
        view.setUint32(at, isLast ? lastDuration : timeOf(sample + 1) - timeOf(sample));
        at += 4;
      }
      view.setUint32(at, sizes[sample] ?? 0);
      at += 4;
      if (kind === 'picture') {
        const shownAt = start + (sample + (shifts[sample] ?? 0)) * sampleDuration;
        view.setUint32(at, shownAt - timeOf(sample));
        at += 4;
      }
    }
  });
  const firstFlags = kind === 'picture' ? u32(SYNC_SAMPLE) : u32();
  return fullBox('trun', 0, flags, u32(samples, headerBytes), firstFlags, entries);
}
