/** A notification as it is posted: a CloudEvents 1.0 event in structured mode (https://github.com/cloudevents/spec), or the very body that came, with the same in headers. */
import { EVENT_TYPE_PREFIX } from '../domain/event-kinds.ts';
import { iso } from '../domain/instant.ts';
import type { Notification } from '../domain/notification.ts';
import { readPassedOn } from '../domain/passed-on.ts';

/** Put together as text: what is in `data` is JSON already, and is neither read nor written again. */
function structured({ id, kind, key, at, data }: Notification, source: string): string {
  return `{"specversion":"1.0","id":${JSON.stringify(id)},"source":${JSON.stringify(source)},"type":"${EVENT_TYPE_PREFIX}${kind}","subject":${JSON.stringify(key)},"time":"${iso(at)}","datacontenttype":"application/json","data":${data}}`;
}

/** Any text as a header may have it (CloudEvents, HTTP binding, 3.1.3.2). */
const headerText = (text: string): string => encodeURI(text.toWellFormed());

/** An address as it came; what is no ASCII in it would be no header. */
const visible = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, encodeURIComponent);

const STRUCTURED = ['content-type', 'application/cloudevents+json'];

export interface Envelope {
  /** Names and values, one after another. */
  headers: readonly string[];
  body: string | Buffer;
}

/** `source`: who tells it; with the id it names an event (CloudEvents, 3.1.1). */
export function envelopeOf(notification: Notification, source: string): Envelope {
  const { id, kind, key, at, data, contentType } = notification;
  if (contentType === undefined) return { headers: STRUCTURED, body: structured(notification, source) };
  const passed = readPassedOn(contentType);
  const { callback } = passed;
  const from = callback ? ['ringthrough-carrier', callback.carrier, 'ringthrough-callback', visible(callback.asked)] : [];
  return {
    headers: ['content-type', passed.contentType, ...from, 'ce-specversion', '1.0', 'ce-id', headerText(id), 'ce-source', headerText(source), 'ce-type', EVENT_TYPE_PREFIX + kind, 'ce-subject', headerText(key), 'ce-time', iso(at)],
    body: passed.isBase64 ? Buffer.from(data, 'base64') : data,
  };
}
