import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { JobDocument, JobListDocument } from '../../core/document-schema.ts';
import { UploadRequest, UploadResponse } from '../../core/upload-schema.ts';
import { ListQuery } from './list-jobs.ts';
import { Problem } from './problem.ts';

export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const jsonOf = (schema: z.ZodType) => ({ 'application/json': { schema } });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});
const header = (description: string) => ({ description, schema: { type: 'string' as const } });
const jobId = z.string().meta({ description: 'Id of the job; who knows it may read the job.' });
const bytes = { '*/*': { schema: z.string().meta({ format: 'binary' }) } };

const failures = {
  500: problem('The service failed'),
  503: problem('A part of the service is not to be had'),
};
const authFailures = { 401: problem('No token, or not the expected one') };
const needsToken = [{ bearer: [] }, {}];

export const createUploadRoute = {
  method: 'post',
  path: '/v1/uploads',
  operationId: 'createUpload',
  summary: 'Ask for an address to upload one video to',
  security: needsToken,
  request: { body: { required: true, content: jsonOf(UploadRequest) } },
  responses: {
    201: {
      description: 'Where and how to send the file',
      headers: { Location: header('The job') },
      content: jsonOf(UploadResponse),
    },
    400: problem('The body is not JSON'),
    ...authFailures,
    413: problem('The file, or the request itself, is too large'),
    415: problem('The body is of another type'),
    422: problem('A field is wrong'),
    ...failures,
  },
} satisfies RouteConfig;

export const listJobsRoute = {
  method: 'get',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: 'Jobs, newest first',
  security: needsToken,
  request: { query: ListQuery },
  responses: {
    200: { description: 'One page', content: jsonOf(JobListDocument) },
    400: problem('A parameter is wrong'),
    ...authFailures,
    ...failures,
  },
} satisfies RouteConfig;

export const getJobRoute = {
  method: 'get',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  summary: 'The state of a job',
  request: {
    params: z.object({ id: jobId }),
    query: z.object({
      wait: z.number().min(0).max(20).optional().meta({
        description:
          'Seconds for which the answer may be held until the job differs from the one that If-None-Match names.',
      }),
    }),
    headers: z.object({ 'If-None-Match': z.string().optional() }),
  },
  responses: {
    200: {
      description: 'The job',
      headers: {
        ETag: header('Changes with the version'),
        'Retry-After': header('Seconds; absent when the job has ended'),
      },
      content: jsonOf(JobDocument),
    },
    304: { description: 'The job is the one that If-None-Match names' },
    400: problem('A parameter is wrong'),
    404: problem('No such job'),
    ...failures,
  },
} satisfies RouteConfig;

export const getFileRoute = {
  method: 'get',
  path: '/v1/jobs/{id}/files/{path}',
  operationId: 'getFile',
  summary: 'One output of a job; the path may hold slashes',
  request: {
    params: z.object({ id: jobId, path: z.string().meta({ description: 'Path below the job.' }) }),
    headers: z.object({
      Range: z.string().optional(),
      'If-Range': z.string().optional(),
      'If-None-Match': z.string().optional(),
    }),
  },
  responses: {
    200: { description: 'The file', headers: { ETag: header('Its SHA-256') }, content: bytes },
    206: { description: 'The range', headers: { 'Content-Range': header('Which one') }, content: bytes },
    302: { description: 'Where the file is', headers: { Location: header('A short-lived address') } },
    304: { description: 'The file is the one that If-None-Match names' },
    404: problem('No such job or file'),
    416: problem('The file is shorter than the range'),
    ...failures,
  },
} satisfies RouteConfig;

export const healthRoute = {
  method: 'get',
  path: '/v1/health',
  operationId: 'getHealth',
  summary: 'Whether the API answers',
  responses: { 200: { description: 'It does', content: jsonOf(Health) } },
} satisfies RouteConfig;

export const openApiRoute = {
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This description',
  responses: { 200: { description: 'OpenAPI 3.1', content: jsonOf(z.record(z.string(), z.unknown())) } },
} satisfies RouteConfig;
