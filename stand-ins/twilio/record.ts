/** Record: takes a message, then tells where it is kept. */
import { wait } from '../outside.ts';
import { postCallback } from './documents.ts';
import type { Next } from './flow.ts';
import { rfc2822 } from './parameters.ts';
import { absolute, pickUp, type Session } from './session.ts';
import { newSid, realMs } from './world.ts';
import type { Element } from '../xml.ts';

export async function record(session: Session, verb: Element): Promise<Next> {
  const { world, scribe, person } = session;
  const { timeout = '5', maxLength = '3600', playBeep, finishOnKey = '1234567890*#', action, method } = verb.attributes;
  pickUp(session);
  if (playBeep !== 'false') scribe.step({ what: 'heard', who: session.audience, text: '[beep]' });
  const { seconds: wanted, ends } = person.message;
  const began = scribe.elapsed();
  const spoke = await wait(world.timers, realMs(world, Math.min(wanted, Number(maxLength))), person.gone);
  const seconds = spoke ? Math.min(wanted, Number(maxLength)) : Math.round(((scribe.elapsed() - began) * world.timeScale) / 1000);
  const cut = wanted >= Number(maxLength);
  if (spoke && !cut && ends === 'hangs-up') person.hangUp();
  else if (spoke && !cut && (ends === 'falls-silent' || seconds === 0)) await wait(world.timers, realMs(world, Number(timeout)), person.gone);
  // An empty recording is thrown away, and the document goes on (documented exception).
  if (seconds === 0) return person.gone.aborted ? { go: 'stop', end: 'gone' } : { go: 'on' };
  const recordingSid = newSid(world.random, 'RE');
  scribe.step({ what: 'recorded', recordingSid, seconds });
  scribe.outcome({ is: 'voicemail', recordingSid, seconds });
  const recording = {
    RecordingSid: recordingSid, RecordingDuration: String(seconds),
    RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${world.accountSid}/Recordings/${recordingSid}`,
  };
  tellOfRecording(session, verb, recording);
  const pressed = spoke && !cut && ends === 'presses-key' ? finishOnKey.slice(-1) : '';
  const params = { ...recording, Digits: person.gone.aborted ? 'hangup' : pressed };
  return { go: 'fetch', fetch: { kind: 'recorded', url: action === undefined ? session.url : absolute(session, action), method: method === 'GET' ? 'GET' : 'POST', params } };
}

function tellOfRecording(session: Session, verb: Element, recording: Readonly<Record<string, string>>): void {
  const url = verb.attributes['recordingStatusCallback'];
  if (url === undefined) return;
  const params = {
    ...recording, RecordingStatus: 'completed', RecordingChannels: '1', RecordingSource: 'RecordVerb', RecordingTrack: 'inbound', ErrorCode: '0',
    RecordingStartTime: rfc2822(session.world.clock.now()),
  };
  const method = verb.attributes['recordingStatusCallbackMethod'] === 'GET' ? 'GET' : 'POST';
  session.callbacks.push(postCallback(session, { kind: 'recording-status', url: absolute(session, url), method, params }));
}
