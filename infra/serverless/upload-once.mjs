import { createReadStream } from 'node:fs';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/**
 * Puts a file under a key that names its content, unless the key is there already.
 * @param {import('@aws-sdk/client-s3').S3Client} client
 * @param {{ bucket: string, key: string, file: string }} request
 * @returns {Promise<boolean>} whether it was uploaded
 */
export async function uploadOnce(client, { bucket, key, file }) {
  if (await exists(client, bucket, key)) return false;
  const params = { Bucket: bucket, Key: key, Body: createReadStream(file), ContentType: 'application/gzip' };
  await new Upload({ client, params, partSize: 8 * 1024 * 1024 }).done();
  return true;
}

async function exists(client, bucket, key) {
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (error.$metadata?.httpStatusCode === 404) return false;
    throw error;
  }
}
