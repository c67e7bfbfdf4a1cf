import { createFreeSpace } from '../shared/adapters/free-space.ts';
import { measureMemory } from '../shared/adapters/measure-memory.ts';
import { findMediaBinaries } from '../shared/adapters/media-binaries.ts';
import { createMessageLeases } from '../shared/adapters/sqs-message-leases.ts';
import { createQueueClient } from '../shared/adapters/sqs-queue-client.ts';
import { TaskMessage } from '../shared/core/messages.ts';
import type { ObjectStore } from '../shared/core/ports/object-store.ts';
import type { Make } from '../shared/core/ports/work.ts';
import { readConfig } from '../shared/edge/config.ts';
import { parseJson } from '../shared/edge/parse-json.ts';
import { sqsHandler } from '../shared/edge/sqs-handler.ts';
import type { ChunkHost, RunChunkPorts } from '../shared/tasks/chunks/run-chunk.ts';
import type { RunJoinPorts } from '../shared/tasks/chunks/run-join.ts';
import { runTask } from '../shared/tasks/run-task.ts';
import { createJobPorts } from './job-ports.ts';
import { createMediaTools, type MediaTools } from './media-tools.ts';

/** What tasks are made with. */
export interface WorkerTools extends MediaTools {
  readonly outputs: ObjectStore;
  /** Of a chunk's function; at least one. */
  readonly vcpus: number;
}

/** MB of a Lambda function that come with one vCPU. */
const MB_PER_VCPU = 1769;

export interface TaskWorkerOptions {
  /** Answers a doorbell; omitted: that of a task which is made from the source. */
  readonly run?: (
    ports: RunJoinPorts & RunChunkPorts,
    message: TaskMessage,
    make: Make,
    host: ChunkHost,
  ) => Promise<void>;
  /** See `TaskHost`; omitted: as configured. */
  readonly taskNames?: readonly string[];
}

/**
 * Handler of a queue of task messages.
 * @param name Of the function, for its log.
 * @param makeOf The maker of a task by its name.
 */
export async function createTaskWorker(
  name: string,
  makeOf: (tools: WorkerTools, task: string) => Make,
  options: TaskWorkerOptions = {},
) {
  const config = readConfig(process.env);
  const { run = runTask, taskNames = config.taskNames } = options;
  if (taskNames.length === 0) throw new Error('TASK_NAMES is not set: every message would be ignored.');
  const ports = await createJobPorts(config, name);
  const programs = await findMediaBinaries({
    ffmpeg: config.ffmpegPath ?? undefined,
    ffprobe: config.ffprobePath ?? undefined,
  });
  const tools: WorkerTools = {
    ...createMediaTools(programs, config.limits, ports.lastingScratch),
    outputs: ports.outputs,
    vcpus: Math.max(1, Math.round(config.chunks.memoryMb / MB_PER_VCPU)),
  };
  const leaseOf = createMessageLeases(createQueueClient());
  const freeSpace = createFreeSpace(config.scratchDir);
  const handOver = config.lane === 'batch' ? null : { reserveMs: config.handOverReserveSeconds * 1000 };

  return sqsHandler(
    (body, at) => parseJson(TaskMessage, body, at),
    (message, delivery) =>
      run(
        { ...ports, openMedia: tools.openMedia, measureMemory, freeSpace, message: leaseOf(delivery) },
        message,
        makeOf(tools, message.task),
        {
          worker: `${delivery.requestId}/${delivery.messageId}`,
          lane: config.lane,
          taskNames,
          leaseMs: config.leaseSeconds * 1000,
          heartbeatMs: config.heartbeatSeconds * 1000,
          memoryMb: delivery.memoryLimitMb,
          deadline: delivery.deadline,
          handOver,
          window: config.chunks.window,
        },
      ),
    ports.log,
  );
}
