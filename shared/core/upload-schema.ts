import { z } from 'zod';

/** The body of `POST /v1/uploads`. */
export const UploadRequest = z
  .object({
    filename: z
      .string()
      .meta({ description: 'Name without folders, 1 to 255 bytes.', example: 'holiday.mp4' }),
    contentType: z
      .string()
      .meta({ description: '`video/…` or `application/octet-stream`.', example: 'video/mp4' }),
    size: z.int().nonnegative().meta({ description: 'Bytes.', example: 1048576 }),
  })
  .meta({ id: 'UploadRequest' });
export type UploadRequest = z.infer<typeof UploadRequest>;

/** The answer to `POST /v1/uploads`. */
export const UploadResponse = z
  .object({
    jobId: z.string(),
    upload: z.object({
      kind: z.literal('put'),
      method: z.literal('PUT'),
      url: z.string(),
      headers: z.record(z.string(), z.string()).meta({ description: 'All that must be sent with the file.' }),
      expiresAt: z.iso.datetime(),
    }),
  })
  .meta({ id: 'UploadResponse' });
export type UploadResponse = z.infer<typeof UploadResponse>;
