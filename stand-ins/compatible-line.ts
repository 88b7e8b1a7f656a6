/** A call that is placed over an API compatible with Twilio's, as SignalWire and Telnyx tell of it: step by step in forms, with documents that may ask for a key. */
import { followDocuments, type Flow, type Transcript } from './document-call.ts';
import type { Line } from './placed-call.ts';

interface Options extends Pick<Flow, 'post' | 'read'> {
  transcript: Transcript;
  /** The document that is played to who picks up. */
  url: string;
  /** Where the steps are told, and those that are wanted there; an empty address: nowhere. */
  status: string;
  events: readonly string[];
}

export function compatibleLine({ transcript, post, read, url, status, events }: Options): Line {
  const tell = async (event: string, callStatus: string): Promise<void> => {
    if (status !== '' && events.includes(event)) await post(status, { CallStatus: callStatus, CallbackSource: 'call-progress-events' });
  };
  return {
    heard: transcript.heard, faults: transcript.faults,
    begun: () => tell('initiated', 'initiated'),
    rings: () => tell('ringing', 'ringing'),
    async answered(key) {
      await tell('answered', 'in-progress');
      const asks = { verb: 'Gather', pressed: key === undefined ? undefined : { CallStatus: 'in-progress', Digits: key } };
      await followDocuments({ transcript, post, read, fallback: '', speaks: 'Say', leg: () => ({}), asks }, { url, params: { CallStatus: 'in-progress' } });
    },
    ended: (how) => tell('completed', how),
  };
}
