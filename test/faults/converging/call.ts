/** One call: it comes in, its leg ends, its end is told, each at any of the processes. Its answers must be valid, always. */
import { expect } from 'vitest';
import { callParams, callSid, signedWebhook } from '../../support/webhooks.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import type { Book } from './book.ts';
import type { Member, MemberAnswer } from './member.ts';
import type { Site } from './site.ts';

export interface CallPlan {
  number: string;
  /** Which process gets the call, the end of its leg, and its end. */
  at: readonly [number, number, number];
  leg: 'completed' | 'busy' | 'no-answer' | 'failed';
}

/** The process that was chosen, or the next one that runs, as a carrier's load balancer would. */
function running({ members }: Site, at: number): Member | undefined {
  return [0, 1, 2].map((offset) => members[(at + offset) % members.length]).find((member) => member?.up);
}

/** Undefined when it was broken off with the process that was asked. */
async function post(member: Member | undefined, path: string, params: Record<string, string>): Promise<MemberAnswer | undefined> {
  const { headers, body } = signedWebhook(PUBLIC_BASE_URL, path, params);
  try {
    return await member?.ask('POST', path, body, headers);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

/** What a caller hears, as TwiML; a process that has nothing to answer from yet may send the carrier to its fallback. */
function expectValid(answer: MemberAnswer, member: Member | undefined): void {
  if (answer.status === 503 && member?.hasTable === false) return;
  expect({ at: member?.name, status: answer.status, text: answer.text }).toEqual({ at: member?.name, status: 200, text: expect.stringMatching(/<Response>.+<\/Response>/s) as string });
}

export async function callComesIn(site: Site, book: Book, serial: number, { number, at, leg }: CallPlan): Promise<void> {
  const sid = callSid(serial);
  const from = `+447${String(400_000_000 + serial)}`;
  const params = (more: Record<string, string>): Record<string, string> => callParams(sid, number, { From: from, Caller: from, ...more });
  const [first, second, third] = at.map((one) => () => running(site, one));

  const asked = first?.();
  const arrived = await post(asked, '/webhooks/main/voice', params({}));
  if (!arrived) return;
  expectValid(arrived, asked);
  const action = /<Dial[^>]* action="([^"]+)"/.exec(arrived.text)?.[1]?.replaceAll('&amp;', '&');
  if (action !== undefined) {
    const at2 = second?.();
    const next = await post(at2, action.replace(PUBLIC_BASE_URL, ''), params({ CallStatus: 'in-progress', DialCallStatus: leg, DialCallSid: callSid(serial + 500_000) }));
    if (next) expectValid(next, at2);
  }
  const last = third?.();
  if (!last) return;
  const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/status', params({ CallStatus: 'completed', CallDuration: '7' }));
  await book.note({ subject: `calls/main:${sid}`, does: `the end of call ${serial} told to ${last.name}`, value: sid }, () => last.ask('POST', path, body, headers));
}
