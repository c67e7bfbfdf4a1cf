import type { Warning } from '../errors.ts';
import type { KeyframeRange } from '../hls/keyframe-range.ts';
import type { MediaFile } from '../hls/media-file.ts';
import type { StreamFacts } from '../hls/stream-facts.ts';
import type { Output, Source, Task } from '../job.ts';
import type { Plan, RenditionPlan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { MediaInput } from './media.ts';

/** What outputs are made from, and where. */
export interface SourceContext {
  readonly jobId: string;
  readonly source: Source;
  readonly probe: Probe;
  readonly plan: Plan;
  /** The source, opened. */
  readonly input: MediaInput;
  /** What the tasks have committed that this one waited for. */
  readonly committed: readonly Output[];
  /** Empty directory of this attempt; wiped afterwards whatever happens. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** One attempt at one task. */
export interface MakeContext extends SourceContext {
  /** As claimed. */
  readonly task: Task;
  /** Of a chunked job, as they were just before the claim; a chunk's own context has none. */
  readonly chunks: readonly Task[];
  /** Commits files ahead of the rest, and records them at once: they may be shown while the task goes on. */
  readonly commitEarly: (files: readonly MadeFile[]) => Promise<void>;
  /** Records the id of the upload that the task's object is put together in. */
  readonly noteUpload: (upload: string) => Promise<void>;
}

/** A verified file in scratch, ready to be committed. */
export interface MadeFile extends Omit<Output, 'bytes' | 'sha256' | 'bitrate'> {
  readonly file: string;
}

/** A file that playlists name, ready to be committed. */
export interface MadeMedia extends Omit<MediaFile, 'bytes' | 'sha256'> {
  readonly file: string;
  /** Of a file that is all of its track: what its playlists say beside it. They are committed after it. */
  readonly playlists?: TrackFacts;
}

/** What the playlists of a track say beside its files. */
export interface TrackFacts {
  /** All of them, in the order of time; none for sound. */
  readonly keyframes: readonly KeyframeRange[];
  /** See `targetSeconds`. */
  readonly targetSeconds: number;
  /** Null: sound. */
  readonly picture: Pick<RenditionPlan, 'width' | 'height' | 'frameRate'> | null;
}

export interface Made {
  /** Committed in their order, after `media`. */
  readonly files: readonly MadeFile[];
  /** Committed in their order; absent: none. */
  readonly media?: readonly MadeMedia[];
  /** Outputs that stand at their keys already; absent: none. */
  readonly committed?: readonly Output[];
  /** Absent: none. */
  readonly streams?: readonly StreamFacts[];
  readonly warnings: readonly Warning[];
}

/** Makes the outputs of one task. */
export type Make = (context: MakeContext) => Promise<Made>;

/** Makes the outputs of a task from the source alone. */
export type MakeFromSource = (context: SourceContext) => Promise<Made>;
