import type { MediaIndex } from './media-index.ts';

/** What a media file is laid out from. */
export type SampleFacts = Omit<
  MediaIndex,
  'leadFrames' | 'fragments' | 'headerBytes' | 'mediaOffset' | 'bytes'
>;
