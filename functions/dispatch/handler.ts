import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createKeyframeLook } from '../../shared/adapters/look-for-keyframes.ts';
import { findMediaBinary } from '../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../shared/adapters/media-opener.ts';
import { profileHash } from '../../shared/core/ladder.ts';
import { S3Event } from '../../shared/core/s3-event.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { forEvery } from '../../shared/edge/for-every.ts';
import { laneLimits } from '../../shared/edge/lane-limits.ts';
import { parseJson } from '../../shared/edge/parse-json.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';
import { sqsHandler } from '../../shared/edge/sqs-handler.ts';
import { type DispatchPorts, type DispatchSettings, dispatch } from '../../shared/tasks/dispatch.ts';
import { createJobPorts } from '../job-ports.ts';

const config = readConfig(process.env);
const jobPorts = await createJobPorts(config, 'dispatch');
const ffprobe = await findMediaBinary('ffprobe', config.ffprobePath ?? undefined);
const { maxSourcePixels: maxPixels, maxSourceSeconds: maxSeconds, maxSourceBytes } = config.limits;
const ports: DispatchPorts = {
  ...jobPorts,
  probe: createFfprobe({ program: ffprobe, limits: { maxPixels, maxSeconds } }),
  keyframes: createKeyframeLook(ffprobe),
  openMedia: createMediaOpener(jobPorts.lastingScratch),
};
const settings: DispatchSettings = {
  profile: config.profile,
  profileHash: profileHash(config.profile, sha256Hex),
  maxSourceBytes,
  lane: config.lane,
  jobLane: config.jobLane,
  limits: laneLimits(config),
  chunkWindow: config.chunks.window,
};

export const handler = sqsHandler(
  (body, at) => parseJson(S3Event, body, at),
  (notices) => forEvery(notices, (notice) => dispatch(ports, settings, notice)),
  ports.log,
);
