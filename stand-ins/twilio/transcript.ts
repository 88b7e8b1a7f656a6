/** What happened in one call, as the carrier saw it. */
import type { Clock } from '../outside.ts';
import type { FormParams } from './signature.ts';

export type CallStatus = 'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled';
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

/** What a webhook is for. `recovery`: the disaster-recovery URL of a trunk. The last two are callbacks: their answer is not followed. */
export type WebhookKind = 'voice' | 'fallback' | 'recovery' | 'action' | 'screen' | 'gather' | 'recorded' | 'redirect' | 'recording-status' | 'status';

export interface WebhookResponse {
  status: number;
  contentType: string;
  body: string;
  /** Length of the body in octets. */
  bytes: number;
}

/** One webhook as sent: enough to send it again, octet by octet. */
export interface WebhookRecord {
  kind: WebhookKind;
  callSid: string;
  at: number;
  tookMs: number;
  method: 'GET' | 'POST';
  /** As configured, with its fragment. */
  configuredUrl: string;
  /** As sent. */
  url: string;
  params: FormParams;
  signature: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  attempts: number;
  response: WebhookResponse | undefined;
  /** Why there is no response. */
  failure: { code: number; detail: string } | undefined;
}

export type StepFacts =
  | { what: 'webhook'; kind: WebhookKind; url: string; status: number | undefined; tookMs: number; attempts: number }
  | { what: 'callback'; kind: WebhookKind; url: string; status: number | undefined; tookMs: number; callStatus?: string }
  | { what: 'picked-up' }
  | { what: 'heard'; who: 'caller' | 'callee'; text: string; language?: string }
  | { what: 'dialled'; noun: 'Number' | 'Sip'; to: string; callSid: string; callerId: string; ringSeconds: number }
  | { what: 'leg'; noun: 'Number' | 'Sip'; to: string; callSid: string; result: DialStatus; bridged: boolean; seconds: number; sipStatus?: number }
  | { what: 'screened'; to: string; pressed: string | undefined; accepted: boolean }
  | { what: 'pressed'; who: 'caller' | 'callee'; digits: string }
  | { what: 'recorded'; recordingSid: string; seconds: number }
  | { what: 'forwarded'; to: string; call: Transcript }
  | { what: 'hung-up'; who: 'caller' | 'callee' | 'twiml' }
  | { what: 'origination'; target: string; result: 'answered' | 'busy' | 'failed' | 'no-answer' | 'canceled'; sipStatus?: number }
  | { what: 'error'; code: number; detail: string; url?: string }
  | { what: 'ended'; status: CallStatus; seconds: number };

/** `at`: milliseconds of real time since the call began. */
export type Step = StepFacts & { at: number };

/** A rule of Twilio's that the application broke. `code` is Twilio's where it has one. */
export interface Violation {
  code: number;
  detail: string;
  url?: string;
}

/** `machine`: what answered was a voicemail that belongs to the callee. `nothing`: the call ended without the caller hearing anything. */
export type CallOutcome =
  | { is: 'answered'; by: string; machine: boolean }
  | { is: 'voicemail'; recordingSid: string; seconds: number }
  | { is: 'canned-error' }
  | { is: 'hung-up' }
  | { is: 'announcement'; text: string }
  | { is: 'nothing' };

export interface Transcript {
  callSid: string;
  from: string;
  to: string;
  steps: Step[];
  webhooks: WebhookRecord[];
  violations: Violation[];
  outcome: CallOutcome;
  /** The call's own final status, as the status callback tells it. */
  status: CallStatus;
}

export interface Scribe {
  transcript: Transcript;
  /** Real milliseconds since the call began. */
  elapsed(): number;
  step(facts: StepFacts): void;
  violation(code: number, detail: string, url?: string): void;
  /** What the call came to; the best for the caller wins. */
  outcome(outcome: CallOutcome): void;
}

const BEST_FIRST = ['answered', 'voicemail', 'canned-error', 'hung-up', 'announcement', 'nothing'];

export function createScribe(clock: Clock, call: { callSid: string; from: string; to: string }): Scribe {
  const began = clock.now();
  const transcript: Transcript = { ...call, steps: [], webhooks: [], violations: [], outcome: { is: 'nothing' }, status: 'ringing' };
  const elapsed = () => clock.now() - began;
  return {
    transcript,
    elapsed,
    step: (facts) => { transcript.steps.push({ at: elapsed(), ...facts }); },
    violation: (code, detail, url) => { transcript.violations.push(url === undefined ? { code, detail } : { code, detail, url }); },
    outcome: (outcome) => { if (BEST_FIRST.indexOf(outcome.is) < BEST_FIRST.indexOf(transcript.outcome.is)) transcript.outcome = outcome; },
  };
}
