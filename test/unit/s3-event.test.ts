import { describe, expect, it } from 'vitest';
import { assertUsableKey } from '../../shared/core/keys.ts';
import { S3Event, toS3Event } from '../../shared/core/s3-event.ts';
import { NOTICE } from '../fixtures/jobs.ts';

const TIME = '2026-01-01T00:00:00.000Z';

/** A notification of NOTICE, with some fields of its object or record replaced. */
function event(object: object = {}, record: object = {}): unknown {
  const { Records } = toS3Event(NOTICE, TIME) as { Records: { s3: { object: object; bucket: object } }[] };
  return {
    Records: Records.map((each) => ({
      ...each,
      s3: { ...each.s3, object: { ...each.s3.object, ...object } },
      ...record,
    })),
  };
}

describe('S3 events', () => {
  it.each([
    'holiday.mp4',
    'a folder/with spaces+plus.mp4',
    '100 %25 & ünïcode 🎬/../x.mp4',
    "-dash'(!)*.mp4",
    'line\nbreak.mp4',
  ])('gives %j back as it was uploaded', (key) => {
    expect(S3Event.parse(toS3Event({ ...NOTICE, key, versionId: 'v1' }, TIME))).toEqual([
      { ...NOTICE, key, versionId: 'v1' },
    ]);
  });

  it.each([
    ['a set-up test', { Service: 'Amazon S3', Event: 's3:TestEvent', Time: TIME, Bucket: 'b' }],
    ['a removal', event({ size: undefined }, { eventName: 'ObjectRemoved:Delete' })],
    ['no records', { Records: [] }],
  ])('finds no upload in %s', (_, body) => {
    expect(S3Event.parse(body)).toEqual([]);
  });

  it.each([
    ['2.0', true],
    ['2.3', true],
    ['2.10', true],
    ['3.0', false],
    ['1.0', false],
  ])('takes version %s: %s', (eventVersion, taken) => {
    expect(S3Event.safeParse(event({}, { eventVersion })).success).toBe(taken);
  });

  it.each([
    ['a multipart upload', event({}, { eventName: 'ObjectCreated:CompleteMultipartUpload' })],
    ['an event of EventBridge naming', event({}, { eventName: 's3:ObjectCreated:Put' })],
    ['a quoted etag', event({ eTag: '"etag-1"' })],
  ])('reads %s', (_, body) => {
    expect(S3Event.parse(body)).toEqual([NOTICE]);
  });

  it('names the field that an upload lacks', () => {
    const parsed = S3Event.safeParse(event({ sequencer: undefined }));
    expect(JSON.stringify(parsed.error?.issues)).toContain('"Records",0,"s3","object","sequencer"');
  });

  it.each([
    ['%zz.mp4', '\uFFFDzz.mp4'],
    ['caf%E9.mp4', 'caf\uFFFD.mp4'],
    ['%', '\uFFFD'],
    ['a+%C3%A9%ff', 'a é\uFFFD'],
  ])('turns the undecodable key %s into one that is refused', (raw, key) => {
    const [notice] = S3Event.parse(event({ key: raw }));
    expect(notice?.key).toBe(key);
    expect(() => assertUsableKey(notice?.key ?? '')).toThrow(
      expect.objectContaining({ code: 'input.bad_key' }),
    );
  });

  it('cuts a key that is longer than the table takes, and leaves it too long', () => {
    const [notice] = S3Event.parse(event({ key: 'é'.repeat(5000) }));
    const bytes = new TextEncoder().encode(notice?.key).length;
    expect(bytes).toBe(1900);
    expect(notice?.key).not.toContain('\uFFFD');
    expect(() => assertUsableKey(notice?.key ?? '')).toThrow('1900 bytes long; at most 1024');
  });
});
