import { toNumber } from '../rational.ts';
import { PLAYLIST_VERSION } from './media-playlist.ts';
import { relativeToPlaylists } from './paths.ts';
import type { StreamFacts } from './stream-facts.ts';

/** Bits per second; the average is null while segments are still to come. */
interface ListedBitrate {
  readonly peak: number;
  readonly average: number | null;
}

type Picture = NonNullable<StreamFacts['picture']>;

/** What a master playlist says of one media playlist; facts of finished ones are of this kind. */
export interface ListedStream extends Omit<StreamFacts, 'bitrate' | 'picture'> {
  readonly bitrate: ListedBitrate;
  /** Null: sound. */
  readonly picture:
    | (Omit<Picture, 'keyframes'> & {
        /** Null: there is no playlist of them. */
        readonly keyframes: { readonly path: string; readonly bitrate: ListedBitrate } | null;
      })
    | null;
}

const AUDIO_GROUP = 'audio';
/** All sound is made stereo. */
const CHANNELS = 2;

/**
 * The multivariant playlist of a job: https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis, section 4.4.6,
 * and Apple's authoring specification. Players begin with the first variant, so they stay in the order of `streams`,
 * lowest first. BANDWIDTH counts the sound, which is a stream of its own, beside each picture.
 */
export function masterPlaylist(streams: readonly ListedStream[]): string {
  const sound = streams.find(({ picture }) => picture === null);
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${PLAYLIST_VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  // Players begin near the end of what still grows, unless they are told.
  if (streams.some(({ bitrate }) => bitrate.average === null)) lines.push('#EXT-X-START:TIME-OFFSET=0');
  if (sound !== undefined) {
    lines.push(
      `#EXT-X-MEDIA:${attributes({
        TYPE: 'AUDIO',
        'GROUP-ID': quoted(AUDIO_GROUP),
        NAME: quoted('Audio'),
        DEFAULT: 'YES',
        AUTOSELECT: 'YES',
        CHANNELS: quoted(`${CHANNELS}`),
        URI: quoted(relativeToPlaylists(sound.path)),
      })}`,
    );
  }
  for (const { path, codecs, bitrate, picture } of streams) {
    if (picture === null) continue;
    lines.push(
      `#EXT-X-STREAM-INF:${attributes({
        ...bandwidth([bitrate, ...(sound === undefined ? [] : [sound.bitrate])]),
        CODECS: quoted([codecs, ...(sound === undefined ? [] : [sound.codecs])].join(',')),
        RESOLUTION: resolution(picture),
        'FRAME-RATE': toNumber(picture.frameRate).toFixed(3),
        'VIDEO-RANGE': 'SDR',
        ...(sound === undefined ? {} : { AUDIO: quoted(AUDIO_GROUP) }),
        'CLOSED-CAPTIONS': 'NONE',
      })}`,
      relativeToPlaylists(path),
    );
  }
  for (const { codecs, picture } of streams) {
    const keyframes = picture?.keyframes ?? null;
    if (picture === null || keyframes === null) continue;
    lines.push(
      `#EXT-X-I-FRAME-STREAM-INF:${attributes({
        ...bandwidth([keyframes.bitrate]),
        CODECS: quoted(codecs),
        RESOLUTION: resolution(picture),
        'VIDEO-RANGE': 'SDR',
        URI: quoted(relativeToPlaylists(keyframes.path)),
      })}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Of streams that are played together: the sum of their peaks, and of their averages where all are known. */
function bandwidth(parts: readonly ListedBitrate[]): Record<string, string> {
  const sum = (values: readonly number[]) => String(values.reduce((total, value) => total + value, 0));
  const averages = parts.flatMap(({ average }) => (average === null ? [] : [average]));
  return {
    BANDWIDTH: sum(parts.map(({ peak }) => peak)),
    ...(averages.length === parts.length ? { 'AVERAGE-BANDWIDTH': sum(averages) } : {}),
  };
}

function resolution({ width, height }: Pick<Picture, 'width' | 'height'>): string {
  return `${width}x${height}`;
}

function quoted(text: string): string {
  return `"${text}"`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
