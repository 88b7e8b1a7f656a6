/** How Bandwidth's requests are made, for the contract suite. */
import { readMark } from '../../../src/carriers/bandwidth/uui.ts';
import { basicAuth } from '../../../src/carriers/basic-auth.ts';
import { parseXml, type Element } from '../../../stand-ins/xml.ts';
import type { DialectFixture } from '../contract.ts';

/** `{ 'diversion.origTo': '+1…' }` as the event has it. */
export function eventBody(params: Readonly<Record<string, string>>): string {
  const body: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(params)) {
    const [member = '', inner] = path.split('.');
    body[member] = inner === undefined ? value : { ...(body[member] as object | undefined), [inner]: value };
  }
  return JSON.stringify(body);
}

/** A mark goes to a SIP address beside it, encoded. */
function textsIn({ text, attributes, children }: Element): string[] {
  const mark = readMark(attributes['uui'] ?? '');
  return [mark === undefined ? text : `${text} ${mark}`, ...children.flatMap(textsIn)];
}

export const bandwidthFixture: DialectFixture = {
  keys: { origins: ['https://calls.example.net', 'https://calls2.example.org'], secrets: ['current-password', 'next-password'] },
  genuine: (target, params, secret) => ({
    method: 'POST', target, body: Buffer.from(eventBody(params)),
    headers: { 'content-type': 'application/json; charset=utf-8', authorization: basicAuth('ringthrough', secret) },
  }),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, authorization: undefined } }),
  signsAddress: false,
  signsBody: false,
  call: { eventType: 'initiate', eventTime: '2026-06-20T15:56:11.554Z', accountId: '55555555', applicationId: '7fc9698a-b04a-468b-9e8f-91238c0d0086', from: '+14155550100', to: '+442079460123', direction: 'inbound', callId: 'call-1', startTime: '2026-06-20T15:54:22.234Z' },
  legs: [
    { params: { eventType: 'transferComplete', cause: 'hangup' }, result: { end: 'answered', cause: 'user' } },
    { params: { cause: 'busy', errorMessage: 'Callee is busy' }, result: { end: 'busy', cause: 'user' } },
    { params: { cause: 'timeout' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { cause: 'rejected' }, result: { end: 'declined', cause: 'user' } },
    ...['cancel', 'callback-error', 'invalid-bxml', 'application-error', 'account-limit', 'node-capacity-exceeded', 'error', 'unknown', 'something-new'].map((cause) => ({ params: { cause }, result: { end: 'failed', cause: 'ambiguous' } as const })),
    { params: { cause: 'invalid-bxml', screened: '1' }, result: { end: 'no-answer', cause: 'user' } },
  ],
  // The event of a leg's end comes only while the caller is there.
  untold: ['cancelled'],
  names: ['eventType', 'callId', 'to', 'from', 'direction', 'cause', 'answerTime', 'endTime', 'diversion.origTo', 'uui', 'recordingId', 'mediaUrl', 'duration', 'status', 'digits', 'screened'],
  textsOf(body) {
    const parsed = parseXml(body);
    if ('fault' in parsed) throw new Error(parsed.fault);
    return textsIn(parsed.root);
  },
  maxBytes: 64_000,
};
