/** Calls that we place at Telnyx (https://developers.telnyx.com/api-reference/texml-rest-commands/create-a-connection-scoped-texml-call), as the TeXML application of the number that is shown. */
import { member, textAt } from '../../domain/json.ts';
import type { PlacedCalls, PlacedCallState } from '../api.ts';
import { endOrSeeEnded } from '../end-call.ts';
import { refused } from '../http.ts';
import { jsonRequest } from '../plain-api.ts';
import { CARRIER } from './requests.ts';
import type { TelnyxRest } from './rest.ts';

/** `v3:…`, as webhooks have it in our ids. */
const OURS = /^v[0-9]-[A-Za-z0-9_-]{1,60}$/;
const ofOurs = (ref: string): string => encodeURIComponent(ref.replace('-', ':'));

/** `applicationOf` gives the id of the TeXML application that a number is on. */
export function placedCalls(rest: TelnyxRest, applicationOf: (e164: string) => Promise<string | undefined>): PlacedCalls {
  async function shownBy(from: string): Promise<string> {
    const id = await applicationOf(from);
    if (id === undefined) throw refused(CARRIER, 'the number that is shown as the caller belongs to no TeXML application');
    return id;
  }

  /** That it is over is all that this tells of it. */
  async function placedCall(ref: string): Promise<PlacedCallState | undefined> {
    const found = OURS.test(ref) ? await rest.ask({ method: 'GET', path: `/v2/calls/${ofOurs(ref)}` }) : undefined;
    if (found === undefined) return undefined;
    const isAlive = member(found, 'is_alive');
    if (typeof isAlive !== 'boolean') throw rest.unusable(false);
    return isAlive ? { is: 'going-on' } : { is: 'ended', status: 'unknown' };
  }

  return {
    // How long it rings and lasts at most cannot be said.
    async placeCall({ to, from, answerUrl, statusUrl }) {
      const found = await rest.flat(jsonRequest('POST', `/v2/texml/calls/${await shownBy(from)}`, {
        // One page names the method of the address `Method`, another `UrlMethod`.
        To: to, From: from, Url: answerUrl, Method: 'POST', UrlMethod: 'POST', StatusCallback: statusUrl, StatusCallbackMethod: 'POST', StatusCallbackEvent: 'initiated ringing answered completed',
      }));
      if (found === undefined) throw refused(CARRIER, 'no such TeXML application');
      const ref = (textAt(found, 'call_sid') ?? textAt(found, 'data', 'call_sid') ?? '').replace(':', '-');
      // Its webhooks name it all the same.
      if (!OURS.test(ref)) throw rest.unusable(true);
      return { ref };
    },
    placedCall,
    async endCall(ref) {
      if (OURS.test(ref)) await endOrSeeEnded(() => rest.flat(jsonRequest('POST', `/v2/texml/calls/${ofOurs(ref)}/update`, { Status: 'completed' })), () => placedCall(ref));
    },
  };
}
