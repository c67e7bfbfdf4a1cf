/** MPEG-4 audio object types by ffprobe's profile name. */
const AAC_OBJECT_TYPES: Readonly<Record<string, number>> = { LC: 2, 'HE-AAC': 5, 'HE-AACv2': 29 };

/**
 * RFC 6381 codecs, for example `avc1.64001f,mp4a.40.2`.
 * @param avcConfig hexadecimal profile, constraint flags and level of the AVC configuration record
 * @param aacProfile ffprobe's profile name of the sound; null without sound
 */
export function codecString(avcConfig: string, aacProfile: string | null): string {
  const video = `avc1.${avcConfig.toLowerCase()}`;
  return aacProfile === null ? video : `${video},mp4a.40.${AAC_OBJECT_TYPES[aacProfile] ?? 2}`;
}
