/** How the sound of a chunked job is cut: pieces are whole AAC packets of 1,024 samples. */
export interface AudioPiecesPlan {
  /** Whether the source's packets are taken as they are, where they lie right. */
  readonly copy: boolean;
  /** Of every piece but the last, which takes the rest; of the source's rate where copied, else of the outputs'. */
  readonly packetsPerPiece: number;
  readonly pieces: number;
}

/** How the output timeline of a job is cut. Chunks are whole segments, segments whole GOPs of the one frame grid. */
export interface ChunkPlan {
  readonly segmentFrames: number;
  /** Of every chunk but the first, which has one, so that playback can begin early, and the last, which takes the rest. */
  readonly segmentsPerChunk: number;
  readonly chunks: number;
  /** Frames that the renditions should get by what the source declares: the last chunk's are what there really is. */
  readonly declaredFrames: number;
  /** Null: no sound. */
  readonly audio: AudioPiecesPlan | null;
}
