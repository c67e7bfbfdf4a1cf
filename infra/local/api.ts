import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { openObjectStore, openOutputLinks } from '../../shared/adapters/object-store.ts';
import { profileHash } from '../../shared/core/ladder.ts';
import type { ChunkReader } from '../../shared/core/ports/chunks.ts';
import type { JobLister, JobPartReader } from '../../shared/core/ports/job-store.ts';
import type { UploadReservations } from '../../shared/core/ports/uploads.ts';
import type { Config } from '../../shared/edge/config.ts';
import type { ApiPorts } from '../../shared/edge/http/api-options.ts';
import { createApp } from '../../shared/edge/http/app.ts';
import { baseUrl } from '../../shared/edge/http/base-url.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';
import { createLocalUploadGranter, createUploadEndpoint, UPLOADS_PATH } from './upload-endpoint.ts';
import type { Uploads } from './uploads.ts';
import type { Fetch } from './web-server.ts';

export interface LocalApiRequest {
  /** As the deployed API would read it from its environment. */
  readonly config: Config;
  readonly store: JobPartReader & ChunkReader & JobLister & UploadReservations;
  readonly uploads: Uploads;
  /** Signs upload addresses. */
  readonly secret: Buffer;
  readonly maxWaitSeconds: number;
  readonly log: ApiPorts['log'];
}

/** The status API, and the addresses that it grants for uploads. */
export function createLocalApi({
  config,
  store,
  uploads,
  secret,
  maxWaitSeconds,
  log,
}: LocalApiRequest): Fetch {
  // Whoever asked by the name 127.0.0.1 is told to upload there.
  const origin = new AsyncLocalStorage<string>();
  const granter = createLocalUploadGranter(() => origin.getStore() ?? '', secret);
  const outputs = { objectsUrl: config.objectsUrl ?? undefined, bucket: config.outputsBucket };
  const app = createApp(
    {
      reader: store,
      lister: store,
      reservations: store,
      granter,
      outputs: openObjectStore(outputs),
      link: openOutputLinks(outputs),
      newId: randomUUID,
      now: Date.now,
      log,
    },
    {
      uploadsBucket: config.uploadsBucket,
      profileHash: profileHash(config.profile, sha256Hex),
      maxSourceBytes: config.limits.maxSourceBytes,
      uploadGrantSeconds: config.uploadGrantSeconds,
      publicUrl: config.publicUrl ?? undefined,
      maxWaitSeconds,
    },
  );
  const endpoint = createUploadEndpoint(uploads, secret, Date.now);

  return (request) => {
    if (request.method === 'POST') {
      return origin.run(baseUrl(request.url, config.publicUrl ?? undefined), () => app.fetch(request));
    }
    const isUpload = new URL(request.url).pathname.startsWith(UPLOADS_PATH);
    return isUpload ? endpoint.fetch(request) : app.fetch(request);
  };
}
