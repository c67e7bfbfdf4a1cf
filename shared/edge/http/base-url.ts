import type { FileUrl } from '../../core/document.ts';

/** Where the client reaches the API: the public URL when there is one, else the origin it asked. */
export function baseUrl(requestUrl: string, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const path = requestUrl.indexOf('/', requestUrl.indexOf('://') + 3);
  return path === -1 ? requestUrl : requestUrl.slice(0, path);
}

/** Addresses of outputs below `base`. */
export function fileUrlBelow(base: string): FileUrl {
  return (jobId, path) =>
    `${base}/v1/jobs/${encodeURIComponent(jobId)}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}
