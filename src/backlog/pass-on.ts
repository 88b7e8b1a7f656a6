/** Takes a carrier's callback that is meant for a subscriber: once, and durable before the carrier is told so. */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { PassedCallback, PassOn } from '../calls/webhook-desk.ts';
import { Failure } from '../domain/errors.ts';
import { EVENT_KINDS, expiryOf } from '../domain/event-kinds.ts';
import { letteredId } from '../domain/lettered-id.ts';
import type { Notification } from '../domain/notification.ts';
import { passedOnText } from '../domain/passed-on.ts';
import type { Clock } from '../system/system.ts';
import type { Intake } from './intake.ts';

const KIND = 'carrier.callback';
const FORM = 'application/x-www-form-urlencoded';
const UNKNOWN = 'application/octet-stream';

/** The same when the carrier sends it again. */
function idOf({ carrier, subscriber, fingerprint }: PassedCallback): string {
  const digest = createHash('sha256').update(`${carrier}\n${subscriber}\n${fingerprint}`).digest();
  return letteredId('cb', digest);
}

/** Of a GET what it says is in its query. */
function contentOf({ request: { method, target, headers, body } }: PassedCallback): { contentType: string; body: Buffer } {
  if (method === 'GET') return { contentType: FORM, body: Buffer.from(target.includes('?') ? target.slice(target.indexOf('?') + 1) : '') };
  const type = headers['content-type'];
  return { contentType: (Array.isArray(type) ? type[0] : type) ?? UNKNOWN, body };
}

export function callbackNotification(callback: PassedCallback, at: number): Notification {
  const { carrier, call, request: { method, target } } = callback;
  const id = idOf(callback);
  const { contentType, body } = contentOf(callback);
  const isBase64 = !isUtf8(body);
  const expiresAt = expiryOf(KIND, at);
  return {
    id, kind: KIND, key: call === '' ? id : `${carrier}:${call}`, class: EVENT_KINDS[KIND].class, at, ...(expiresAt === undefined ? {} : { expiresAt }),
    data: body.toString(isBase64 ? 'base64' : 'utf8'),
    contentType: passedOnText({ contentType, callback: { carrier, asked: `${method} ${target}` }, isBase64 }),
  };
}

interface Options {
  intake: Pick<Intake, 'take'>;
  table(): Pick<RoutingTable, 'subscriber'>;
  clock: Clock;
}

export function createPassOn({ intake, table, clock }: Options): PassOn {
  return async (callback) => {
    if (!table().subscriber(callback.subscriber)) throw new Failure('not_found', 'No such subscriber');
    await intake.take(callback.subscriber, callbackNotification(callback, clock.now()));
  };
}
