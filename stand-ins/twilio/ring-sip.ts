/** Rings a SIP address for real: an INVITE over UDP, cancelled when the carrier gives up. */
import { startInvite, type InviteResult } from '../sip/invite.ts';
import { parseSipUri, requestUri, type SipUri } from '../sip/uri.ts';
import { createPerson } from './person.ts';
import { givenUp, type Ring, type RingRequest, type SipFacts } from './ring.ts';
import { realMs, type World } from './world.ts';

/** Timer B of RFC 3261: nothing at all was heard for this long, seconds. */
const NO_REPLY_SECONDS = 32;

export async function ringSip(world: World, request: RingRequest, noReplySeconds = NO_REPLY_SECONDS): Promise<Ring> {
  const uri = parseSipUri(request.to);
  if (!uri) return { is: 'failed', detail: 'Not a SIP URI' };
  const call = startInvite({
    timers: world.timers, random: world.random, to: addressFor(world, uri), uri: requestUri(uri), fromUser: request.callerId, noReplyAfterMs: realMs(world, noReplySeconds),
    headers: [['X-Twilio-AccountSid', world.accountSid], ['X-Twilio-CallSid', request.callSid], ...uri.headers],
  });
  if (request.signal.aborted) call.cancel();
  request.signal.addEventListener('abort', call.cancel, { once: true });
  const result = await call.result;
  request.signal.removeEventListener('abort', call.cancel);
  return outcome(result, call.callId, request.signal);
}

function addressFor(world: World, { host, port }: SipUri): { host: string; port: number } {
  return world.sipHosts.get(`${host}:${port ?? 5060}`) ?? world.sipHosts.get(host) ?? { host, port: port ?? 5060 };
}

function outcome(result: InviteResult, callId: string, signal: AbortSignal): Ring {
  const sip = (status: number | undefined): SipFacts => ({ callId, status });
  switch (result.is) {
    case 'answered': {
      const person = createPerson();
      void result.ended.then(person.hangUp);
      person.gone.addEventListener('abort', result.bye);
      return { is: 'answered', person, machine: false, bridged: () => {}, sip: sip(result.status) };
    }
    case 'rejected':
      return { is: statusFor(result.status), sip: sip(result.status) };
    case 'cancelled':
      return { is: givenUp(signal), sip: sip(result.status) };
    case 'silent':
      return signal.aborted ? { is: givenUp(signal), sip: sip(undefined) } : { is: 'failed', detail: 'No reply (32011)', sip: sip(408) };
    case 'unreachable':
      // A transport error counts as 503 (RFC 3261 8.1.3.1).
      return { is: 'failed', detail: 'Nobody listens there (32011)', sip: sip(503) };
  }
}

/** Final SIP status to the words of a call's status. */
function statusFor(status: number): 'busy' | 'no-answer' | 'failed' {
  if (status === 486 || status === 600 || status === 603) return 'busy';
  return status === 480 || status === 487 ? 'no-answer' : 'failed';
}
