/** Text messages over the REST API (https://www.twilio.com/docs/messaging/api/message-resource), strict about numbers and form fields. */
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import { error, notAllowed } from './fields.ts';

export interface Text {
  from: string;
  to: string;
  body: string;
}

const E164 = /^\+[1-9]\d{6,14}$/;
const MOST = 1600;

export function textAnswer(asked: Asked, holds: (number: string) => boolean, keep: (text: Text) => { sid: string }): RestAnswer {
  if (asked.method !== 'POST') return notAllowed();
  const form = formOf(asked);
  const [from, to, body] = ['From', 'To', 'Body'].map((name) => form?.get(name) ?? '') as [string, string, string];
  const unknown = [...(form?.keys() ?? [])].find((name) => !['From', 'To', 'Body'].includes(name));
  if (unknown !== undefined) return error(400, 20001, `Unknown parameter ${unknown}`);
  if (to === '') return error(400, 21604, "A 'To' phone number is required.");
  if (!E164.test(to)) return error(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (body === '') return error(400, 21602, 'Message body is required.');
  if (body.length > MOST) return error(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
  if (!holds(from)) return error(400, 21606, `The 'From' phone number provided (${from}) is not a valid message-capable Twilio phone number for this destination.`);
  return { status: 201, body: { ...keep({ from, to, body }), from, to, body, status: 'queued', num_segments: '1' } };
}
