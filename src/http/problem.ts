/** Failures as problem documents (RFC 9457), with the stable code of the catalogue. */
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { type ErrorCode, type ErrorKind, ERRORS, Failure, type FieldIssue, issuesFailure } from '../domain/errors.ts';

const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  method: 405,
  conflict: 409,
  stale: 412,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  throttled: 429,
  internal: 500,
  carrier: 502,
  unavailable: 503,
};

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Address of the page on this code' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; match on this' }),
    requestId: Type.String(),
    issues: Type.Optional(Type.Array(Type.Object({ at: Type.String(), detail: Type.String(), rule: Type.Optional(Type.String({ description: 'Of `destination_refused`: the rule of the destination policy' })) }))),
  },
  { $id: 'Problem', description: 'RFC 9457 problem document' },
);

export type Problem = Static<typeof ProblemSchema>;

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return STATUS[ERRORS[code].kind];
}

export function problemOf(failure: Failure, requestId: string): Problem {
  const { code, message, issues } = failure;
  return { type: `/errors/${code}`, title: ERRORS[code].title, status: statusOf(code), detail: message, code, requestId, ...(issues.length > 0 ? { issues: [...issues] } : {}) };
}

/** As it is sent. A failure may name what it was given; no markup is ever sent back as such, whoever takes it for a page. */
export function problemText(failure: Failure, requestId: string): string {
  return JSON.stringify(problemOf(failure, requestId)).replaceAll('<', '\\u003c');
}

/** Fastify's own refusals in the catalogue's words. */
const FRAMEWORK_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_BAD_URL: 'request_invalid',
  FST_ERR_MAX_PARAM_LENGTH: 'request_invalid',
};

const FRAMEWORK_DETAILS: Record<string, string> = {
  FST_ERR_BAD_URL: 'The address cannot be read: a % is not followed by two hexadecimal digits',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the address is too long',
};

function issuesOf(error: FastifyError): FieldIssue[] {
  const issues = (error.validation ?? []).map((issue) => {
    const field = issue.params['additionalProperty'] ?? issue.params['missingProperty'] ?? issue.params['tag'];
    const at = `${issue.instancePath}${typeof field === 'string' ? `/${field}` : ''}`;
    const allowed = issue.params['allowedValues'];
    const detail = issue.keyword === 'additionalProperties' ? 'unknown field' : issue.keyword === 'discriminator' ? 'there is no such kind' : `${issue.message ?? 'is not valid'}${Array.isArray(allowed) ? `: ${allowed.join(', ')}` : ''}`;
    return { at: at === '' ? '/' : at, detail };
  });
  return issues.filter((issue, at) => issues.findIndex((other) => other.at === issue.at && other.detail === issue.detail) === at);
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error;
}

/** Any thrown value as a failure of the catalogue. What it cannot place is `internal`, and its text stays here. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isFastifyError(error)) {
    if (error.validation) {
      return issuesFailure('request_invalid', issuesOf(error), error);
    }
    const code = FRAMEWORK_CODES[error.code];
    if (code) return new Failure(code, FRAMEWORK_DETAILS[error.code], { cause: error });
    if ((error.statusCode ?? 500) < 500) return new Failure('body_malformed', undefined, { cause: error });
  }
  return new Failure('internal', undefined, { cause: error });
}

/** What a failure says in headers, beside its problem document. */
export function problemHeaders({ code, retryAfterSeconds }: Failure): Record<string, string> {
  return {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
}

/** What is our own fault is told in the log, with its cause; of overload the metrics tell, for a line each would add to it. */
export function reportFailure(log: Pick<FastifyBaseLogger, 'error'>, failure: Failure): void {
  if (statusOf(failure.code) >= 500 && failure.code !== 'overloaded') log.error({ err: failure.cause ?? failure, code: failure.code }, 'a request failed');
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = failureOf(error);
  reportFailure(request.log, failure);
  void reply.code(statusOf(failure.code)).headers(problemHeaders(failure)).send(problemText(failure, request.id));
}
