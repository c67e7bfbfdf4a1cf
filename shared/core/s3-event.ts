import { z } from 'zod';
import { decodeEventKey, encodeEventKey } from './keys.ts';
import type { UploadNotice } from './messages.ts';

/** Longer keys than S3 has are cut, so that they still fit into the table that records their refusal. */
const MAX_RECORDED_KEY_BYTES = 1_900;

const S3Record = z.object({
  eventVersion: z.string().regex(/^2\.\d+$/, 'must be a version 2 event'),
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.number().int().nonnegative().optional(),
      eTag: z.string().min(1).optional(),
      versionId: z.string().optional(),
      sequencer: z.string().min(1).optional(),
    }),
  }),
});

const CreatedObject = z.object({
  size: z.number(),
  eTag: z.string(),
  versionId: z.string().optional(),
  sequencer: z.string(),
});

/** What S3 sends when a notification is set up. */
const TestEvent = z.object({ Service: z.string(), Event: z.literal('s3:TestEvent') });

/**
 * The message format of the uploads queue: S3's notification, whoever sends it. Parses to the uploads it tells of,
 * none for a test event or for anything but a created object.
 */
export const S3Event = z.union([
  TestEvent.transform((): UploadNotice[] => []),
  z.object({ Records: z.array(S3Record) }).transform(({ Records }, context): UploadNotice[] =>
    Records.flatMap((record, index) => {
      if (!/^(s3:)?ObjectCreated:/.test(record.eventName)) return [];
      const object = CreatedObject.safeParse(record.s3.object);
      if (!object.success) {
        for (const issue of object.error.issues) {
          const path = ['Records', index, 's3', 'object', ...issue.path];
          context.addIssue({ code: 'custom', path, message: issue.message });
        }
        return [];
      }
      const { size, eTag, versionId, sequencer } = object.data;
      return [
        {
          bucket: record.s3.bucket.name,
          key: recordableKey(record.s3.object.key),
          size,
          etag: eTag.replaceAll('"', ''),
          versionId: versionId === undefined || versionId === '' ? null : versionId,
          sequencer,
        },
      ];
    }),
  ),
]);

/** The notification of one upload, as S3 would send it. */
export function toS3Event(notice: UploadNotice, time: string): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventTime: time,
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: notice.bucket },
          object: {
            key: encodeEventKey(notice.key),
            size: notice.size,
            eTag: notice.etag,
            ...(notice.versionId !== null && { versionId: notice.versionId }),
            sequencer: notice.sequencer,
          },
        },
      },
    ],
  };
}

/**
 * A key that does not decode still becomes a job, which then fails with `input.bad_key`: what is not valid turns
 * into U+FFFD, which no usable key contains.
 */
function recordableKey(raw: string): string {
  const key = decodeEventKey(raw) ?? lossyKey(raw);
  const bytes = new TextEncoder().encode(key);
  if (bytes.length <= MAX_RECORDED_KEY_BYTES) return key;
  return new TextDecoder().decode(bytes.slice(0, MAX_RECORDED_KEY_BYTES), { stream: true });
}

function lossyKey(raw: string): string {
  return raw.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+|%/gi, (run) => {
    if (run === '%') return '\uFFFD';
    const bytes = run
      .slice(1)
      .split('%')
      .map((hex) => Number.parseInt(hex, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}
