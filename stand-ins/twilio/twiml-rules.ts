/** The TwiML that this stand-in plays: each verb's attributes, nesting and text, from https://www.twilio.com/docs/voice/twiml. */
import { flag, integer, matching, method, oneOf, phoneNumber, sayLanguage, sayVoice, sipUri, url, type ValueRule } from './twiml-values.ts';

export interface VerbRule {
  attributes: Readonly<Record<string, ValueRule>>;
  /** Known to Twilio, and not played here: reported, so that nobody believes it was tried. */
  notPlayed?: readonly string[];
  children?: readonly string[];
  /** What the text within must be; without it there must be none but white space. */
  text?: ValueRule;
}

const AMD = ['machineDetection', 'machineDetectionTimeout', 'machineDetectionSpeechThreshold', 'machineDetectionSpeechEndThreshold', 'machineDetectionSilenceTimeout', 'amdStatusCallback', 'amdStatusCallbackMethod'];
const LEG_CALLBACKS = ['statusCallback', 'statusCallbackEvent', 'statusCallbackMethod'];

const said: ValueRule = (value) => (value.trim() === '' ? 'is empty (13520)' : value.length > 4096 ? 'is longer than 4096 characters' : undefined);

/** Verbs that may stand directly in <Response>. */
export const TOP_VERBS: readonly string[] = ['Say', 'Play', 'Pause', 'Gather', 'Record', 'Dial', 'Hangup', 'Reject', 'Redirect'];

/** Verbs that a callee's own document (`url` of Number or Sip) must not hold. */
export const NOT_ON_CALLEE: readonly string[] = ['Dial', 'Reject', 'Record'];

export const VERBS: Readonly<Record<string, VerbRule>> = {
  Say: { attributes: { voice: sayVoice, language: sayLanguage, loop: integer(0, 1000) }, text: said },
  Play: { attributes: { loop: integer(0, 1000), digits: matching(/^[0-9*#w]+$/, 'must be digits') }, text: (value) => (value.trim() === '' ? 'is empty' : url(value.trim())) },
  Pause: { attributes: { length: integer(1, 600) } },
  Hangup: { attributes: {} },
  Reject: { attributes: { reason: oneOf('rejected', 'busy') } },
  Redirect: { attributes: { method }, text: (value) => url(value.trim()) },
  Gather: {
    attributes: {
      action: url, method, timeout: integer(1, 600), numDigits: integer(1, 255), actionOnEmptyResult: flag, input: oneOf('dtmf'),
      finishOnKey: matching(/^([0-9#*]|)$/, 'must be one key or empty'), language: matching(/^[a-z]{2,3}-[A-Za-z-]+$/, 'is not a language'),
    },
    notPlayed: ['hints', 'partialResultCallback', 'partialResultCallbackMethod', 'profanityFilter', 'speechTimeout', 'speechModel', 'enhanced', 'bargeIn', 'maxSpeechTime', 'debug'],
    children: ['Say', 'Play', 'Pause'],
  },
  Record: {
    attributes: {
      action: url, method, timeout: integer(1, 600), finishOnKey: matching(/^[0-9#*]*$/, 'must be keys'), maxLength: integer(2, 14_400), playBeep: flag,
      trim: oneOf('trim-silence', 'do-not-trim'), recordingStatusCallback: url, recordingStatusCallbackMethod: method, recordingStatusCallbackEvent: oneOf('completed'),
      transcribe: oneOf('false'),
    },
    notPlayed: ['transcribeCallback', 'recordingConfigurationId'],
  },
  Dial: {
    attributes: {
      action: url, method, timeout: integer(5, 600), timeLimit: integer(1, 86_400), callerId: matching(/^[A-Za-z0-9+_.-]{1,64}$/, 'must be a telephone number or a SIP user'),
      answerOnBridge: flag, sequential: flag, hangupOnStar: oneOf('false'), ringTone: matching(/^([a-z]{2}|us-old)$/, 'is not a ring tone'), record: oneOf('do-not-record'),
    },
    notPlayed: ['trim', 'recordingStatusCallback', 'recordingStatusCallbackEvent', 'recordingStatusCallbackMethod', 'recordingTrack', 'referUrl', 'referMethod', 'events'],
    children: ['Number', 'Sip'],
    text: (value) => (value.trim() === '' ? undefined : phoneNumber(value.trim())),
  },
  Number: { attributes: { url, method, sendDigits: matching(/^[0-9*#wW]+$/, 'must be digits') }, notPlayed: [...AMD, ...LEG_CALLBACKS, 'byoc'], text: (value) => phoneNumber(value.trim()) },
  Sip: { attributes: { url, method }, notPlayed: [...AMD, ...LEG_CALLBACKS, 'username', 'password'], text: (value) => sipUri(value.trim()) },
};
