import type { Lane } from '../job.ts';

export interface UploadReservation {
  readonly bucket: string;
  readonly key: string;
  readonly jobId: string;
  readonly size: number;
  readonly profileHash: string;
  readonly lane: Lane;
  readonly createdAt: string;
  /** Epoch milliseconds after which the reservation turns `canceled`. */
  readonly expiresAt: number;
}

export interface UploadReservations {
  /** Records a job in `awaiting_upload` and reserves its key. */
  reserve(reservation: UploadReservation): Promise<void>;
}

export interface UploadGrant {
  readonly kind: 'put';
  readonly method: 'PUT';
  readonly url: string;
  /** All that the client must send. */
  readonly headers: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface UploadGranter {
  /** A signed address that takes exactly this type and length until `expiresAt` (epoch milliseconds). */
  grant(upload: {
    readonly key: string;
    readonly contentType: string;
    readonly size: number;
    readonly expiresAt: number;
  }): Promise<UploadGrant>;
}

/** A short-lived address of an output, or undefined where the store has none and the bytes must be served. */
export type LinkOutput = (key: string, contentType: string) => Promise<string | undefined>;
