import { firstDoorbells } from '../core/chunks/first-doorbells.ts';
import { MillraceError } from '../core/errors.ts';
import { isTerminalJob, type Job, type JobHeader, type Lane } from '../core/job.ts';
import type { Profile } from '../core/ladder.ts';
import type { UploadNotice } from '../core/messages.ts';
import { planJob } from '../core/plan-job.ts';
import { planChunkTasks, planTasks } from '../core/plan-tasks.ts';
import type { Log } from '../core/ports/host.ts';
import type { JobIntake, JobPartReader, JobPlans, PlannedJob } from '../core/ports/job-store.ts';
import type { TaskPublisher } from '../core/ports/messaging.ts';
import { chooseLane, type LaneLimits, type LaneSetting } from '../core/route/choose-lane.ts';
import { announceJob } from './announce-job.ts';
import { type CutPorts, cutJob } from './chunks/cut-job.ts';
import { type ProbePorts, probeSource } from './probe-source.ts';
import { type RejectPorts, rejectJob } from './reject-job.ts';

export interface DispatchPorts extends RejectPorts, ProbePorts, CutPorts {
  readonly jobs: RejectPorts['jobs'] & JobIntake & JobPlans & JobPartReader;
  readonly tasks: TaskPublisher;
  /** A fresh random id. */
  readonly newId: () => string;
  readonly log: Log;
}

export interface DispatchSettings {
  readonly profile: Profile;
  readonly profileHash: string;
  readonly maxSourceBytes: number;
  /** Of a job whose lane has not been chosen. */
  readonly lane: Lane;
  /** How it is chosen. */
  readonly jobLane: LaneSetting;
  /** What functions and containers have that make the tasks. */
  readonly limits: LaneLimits;
  /** Chunks of one job that are rung for at a time. */
  readonly chunkWindow: number;
}

/**
 * Turns an upload into a job: record, probe, plan, publish. Every delivery of the same upload goes on at the first
 * step that is not done, so a crash anywhere costs a redelivery and nothing else.
 *
 * What is wrong with the upload ends the job and returns; anything that may pass throws, so that the message
 * comes again.
 */
export async function dispatch(
  ports: DispatchPorts,
  settings: DispatchSettings,
  notice: UploadNotice,
): Promise<void> {
  const { log } = ports;
  const job = await recordUpload(ports, settings, notice);
  if (job === undefined) return;
  const jobId = job.header.id;
  if (isTerminalJob(job.header.state)) {
    await announceJob(ports, jobId);
    return;
  }
  if (job.header.step === 'published') return;

  try {
    if (job.header.step === 'recorded') await planUpload(ports, settings, job.header);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.retryable) throw error;
    log.info({ jobId, code: error.code }, 'upload rejected');
    await rejectJob(ports, jobId, error);
    return;
  }
  await publishPlanned(ports, jobId, settings.chunkWindow);
  log.info({ jobId }, 'job published');
}

/** The job of an upload, recorded; undefined when a newer upload has taken its place or the job is kept no longer. */
export async function recordUpload(
  ports: Pick<DispatchPorts, 'newId' | 'clock' | 'log'> & { readonly jobs: RejectPorts['jobs'] & JobIntake },
  settings: Pick<DispatchSettings, 'profileHash' | 'lane'>,
  notice: UploadNotice,
): Promise<Job | undefined> {
  const now = ports.clock();
  const { profileHash, lane } = settings;
  const decision = await ports.jobs.claimSource(notice, profileHash, ports.newId(), now);
  if (decision.kind === 'superseded') {
    ports.log.info({ key: notice.key, sequencer: notice.sequencer }, 'older upload ignored');
    return undefined;
  }
  if (decision.isRecorded) {
    const job = await ports.jobs.read(decision.jobId);
    if (job === undefined) ports.log.info({ jobId: decision.jobId }, 'upload of a forgotten job ignored');
    return job;
  }
  const at = new Date(now).toISOString();
  const header: JobHeader = {
    id: decision.jobId,
    state: 'queued',
    step: 'recorded',
    createdAt: at,
    updatedAt: at,
    revision: 1,
    profileHash,
    source: notice,
    probe: null,
    plan: null,
    lane,
    laneReason: '',
    error: null,
    playlist: null,
    manifest: null,
    announcedAt: null,
  };
  await ports.jobs.recordJob(header);
  return ports.jobs.read(header.id);
}

/**
 * Rings for what a planned job can start with, and records that; does nothing for a job in another step.
 * @param chunkWindow Chunks of the job that are rung for at a time.
 */
export async function publishPlanned(
  ports: {
    readonly jobs: Pick<DispatchPorts['jobs'], 'readTasks' | 'markPublished'>;
    readonly tasks: TaskPublisher;
  },
  jobId: string,
  chunkWindow: number,
): Promise<void> {
  const job = await ports.jobs.readTasks(jobId);
  if (job?.header.step !== 'planned') return;
  await Promise.all(firstDoorbells(job, chunkWindow).map((message) => ports.tasks.publish(message)));
  await ports.jobs.markPublished(jobId);
}

async function planUpload(
  ports: DispatchPorts,
  settings: DispatchSettings,
  header: JobHeader,
): Promise<void> {
  const { id } = header;
  const decided = plannedOf(header) ?? (await decide(ports, settings, header));
  const planned = await ports.jobs.settlePlan(id, decided, ports.clock());
  const now = ports.clock();
  const { plan, lane } = planned;
  const tasks = [...planTasks(plan, settings.profile.rungs, lane, now), ...planChunkTasks(plan, now)];
  await ports.jobs.recordPlan(id, planned, tasks, now);
}

function plannedOf({ probe, plan, lane, laneReason }: JobHeader): PlannedJob | null {
  return probe === null || plan === null ? null : { probe, plan, lane, laneReason };
}

async function decide(
  ports: DispatchPorts,
  settings: DispatchSettings,
  { source }: JobHeader,
): Promise<PlannedJob> {
  const probe = await probeSource(ports, source, settings.maxSourceBytes);
  const plan = planJob(probe, settings.profile, settings.profileHash);
  const { limits, jobLane } = settings;
  const { lane, laneReason } = chooseLane(probe, plan, limits, jobLane);
  const chunks = lane === 'chunked' ? await cutJob(ports, limits.chunks, source, probe, plan) : null;
  return { probe, plan: { ...plan, chunks }, lane, laneReason };
}
