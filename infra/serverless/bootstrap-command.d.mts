/** Debian with Node and tar, by digest. */
export const PUBLIC_IMAGE: string;
/** The container's command that fetches the worker and runs it. */
export function bootstrapCommand(): Promise<string[]>;
