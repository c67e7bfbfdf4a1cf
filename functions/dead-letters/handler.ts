import { profileHash } from '../../shared/core/ladder.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { DeadLetter } from '../../shared/edge/dead-letter.ts';
import { forEvery } from '../../shared/edge/for-every.ts';
import { parseJson } from '../../shared/edge/parse-json.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';
import { sqsHandler } from '../../shared/edge/sqs-handler.ts';
import { hearBatchEvent } from '../../shared/tasks/batch/hear-batch-event.ts';
import { deadTask, deadUpload } from '../../shared/tasks/dead-letters.ts';
import { batchSettings } from '../batch-settings.ts';
import { createJobPorts } from '../job-ports.ts';
import { lossTimes } from '../loss-times.ts';

const config = readConfig(process.env);
const ports = await createJobPorts(config, 'dead-letters');
const settings = {
  ...lossTimes(config),
  profileHash: profileHash(config.profile, sha256Hex),
  lane: config.lane,
  chunkWindow: config.chunks.window,
};
const containers = batchSettings(config);

function handle(letter: DeadLetter): Promise<void> {
  switch (letter.kind) {
    case 'task':
      return deadTask(ports, settings, letter.message);
    case 'container':
      return hearBatchEvent({ ...ports, message: null }, containers, letter.event);
    case 'uploads':
      return forEvery(letter.notices, (notice) => deadUpload(ports, settings, notice));
  }
}

/**
 * A letter that is not one of ours throws and stays in its queue, logged at every look: the alarm on the queue
 * stands until an operator has seen it, and nothing that arrived is lost.
 */
export const handler = sqsHandler((body, at) => parseJson(DeadLetter, body, at), handle, ports.log);
