import type { JobEndedEvent, TaskMessage, UploadNotice } from '../messages.ts';

export interface TaskPublisher {
  publish(message: TaskMessage): Promise<void>;
}

export interface EventPublisher {
  publish(event: JobEndedEvent): Promise<void>;
}

/** Rings dispatch's own queue. */
export interface UploadNotifier {
  notify(notice: UploadNotice): Promise<void>;
}

/** The message that is being handled. */
export interface MessageLease {
  /** Seconds from now during which nobody else receives the message. */
  extend(seconds: number): Promise<void>;
}
