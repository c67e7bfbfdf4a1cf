import { describe, expect, it } from 'vitest';
import { FfprobeReport } from '../../shared/core/ffprobe-schema.ts';
import { videoBitrate } from '../../shared/core/video-bitrate.ts';

const VIDEO = { index: 0, codec_type: 'video' };
const SOUND = { index: 1, codec_type: 'audio', bit_rate: '128000' };

describe('videoBitrate', () => {
  it.each([
    ['of the track', { ...VIDEO, bit_rate: '900000' }, [SOUND], '1000000', 900_000],
    ["of the track's statistics", { ...VIDEO, tags: { BPS: '800000' } }, [SOUND], '1000000', 800_000],
    ['what the sound leaves of the file', VIDEO, [SOUND], '1000000', 872_000],
    ['the file, where the sound says nothing', VIDEO, [{ ...SOUND, bit_rate: 'N/A' }], '1000000', 1_000_000],
    ['the file, below a declared maximum', { ...VIDEO, bit_rate: '9800000' }, [SOUND], '1000000', 1_000_000],
    [
      'of the track, where the file says nothing',
      { ...VIDEO, bit_rate: '900000' },
      [SOUND],
      undefined,
      900_000,
    ],
    ['nothing', VIDEO, [SOUND], 'N/A', null],
  ])('%s', (_name, video, others, whole, expected) => {
    const report = FfprobeReport.parse({
      streams: [video, ...others],
      format: { format_name: 'mov', bit_rate: whole },
    });
    const [first] = report.streams;
    expect(first && videoBitrate(first, report)).toBe(expected);
  });
});
