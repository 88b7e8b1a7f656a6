/** The header `Idempotency-Key`: what is sent again with it within a day is the same. */
import type { FastifyRequest } from 'fastify';
import { Failure } from '../domain/errors.ts';

const KEY_MAX = 255;

/** Two callers that think of the same key do not meet. Throws `request_invalid`. */
export function idempotencyKeyOf({ headers, actor }: FastifyRequest): { idempotencyKey?: string } {
  const given = headers['idempotency-key'];
  if (given === undefined) return {};
  if (typeof given !== 'string' || given === '' || given.length > KEY_MAX) throw new Failure('request_invalid', `An Idempotency-Key has 1 to ${KEY_MAX} characters`);
  return { idempotencyKey: `${actor.key} ${given}` };
}
