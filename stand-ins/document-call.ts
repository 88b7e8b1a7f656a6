/** A call that is led by documents: each is asked for, read strictly and followed to whom it dials, and then to what follows that. For carriers whose calls are told in verbs of XML. */
import type { Element } from './xml.ts';

export interface Webhook {
  url: string;
  params: Readonly<Record<string, string>>;
  status: number | undefined;
  body: string;
}

export interface Transcript {
  callSid: string;
  webhooks: Webhook[];
  /** Whom it dialled, in order. */
  dialled: string[];
  /** What the caller was told. */
  heard: string[];
  /** What the carrier would not take. */
  faults: string[];
}

export interface Flow {
  transcript: Transcript;
  /** Sends a webhook; undefined when there is no usable answer. */
  post(url: string, params: Readonly<Record<string, string>>): Promise<{ contentType: string; body: string } | undefined>;
  read(contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] };
  /** Asked when an address gives no answer; empty when there is none. */
  fallback: string;
  /** The verb that speaks. */
  speaks: string;
  /** What becomes of a leg to this address: parameters of what is asked after it. */
  leg(dialled: string): Readonly<Record<string, string>>;
  /** The verb that asks for a key, and what is told of the one that is pressed; nothing is told of none. */
  asks?: { verb: string; pressed: Readonly<Record<string, string>> | undefined };
}

interface Step {
  url: string;
  params: Readonly<Record<string, string>>;
}

const MOST_DOCUMENTS = 20;

export function newTranscript(callSid: string): Transcript {
  return { callSid, webhooks: [], dialled: [], heard: [], faults: [] };
}

async function documentAt({ post, read, fallback, transcript }: Flow, { url, params }: Step): Promise<readonly Element[]> {
  const answer = (await post(url, params)) ?? (fallback === '' ? undefined : await post(fallback, params));
  if (!answer) {
    transcript.faults.push('neither the address nor the fallback gave a document');
    return [];
  }
  const reading = read(answer.contentType, answer.body);
  if ('verbs' in reading) return reading.verbs;
  transcript.faults.push(...reading.faults);
  return [];
}

/** Where the call goes on, if it does. */
function next({ transcript, leg, speaks, asks }: Flow, verbs: readonly Element[], url: string): Step | undefined {
  for (const verb of verbs) {
    if (verb.name === speaks) transcript.heard.push(verb.text);
    if (verb.name === 'Hangup') return undefined;
    if (verb.name === asks?.verb) {
      transcript.heard.push(...verb.children.map(({ text }) => text));
      if (asks.pressed !== undefined) return { url: new URL(verb.attributes['action'] ?? url, url).href, params: asks.pressed };
    }
    if (verb.name !== 'Dial') continue;
    const dialled = verb.children[0]?.text ?? '';
    transcript.dialled.push(dialled);
    const { action } = verb.attributes;
    return action === undefined ? undefined : { url: new URL(action, url).href, params: leg(dialled) };
  }
  return undefined;
}

/** Resolves when no document leads any further. */
export async function followDocuments(flow: Flow, first: Step): Promise<void> {
  let step: Step | undefined = first;
  for (let count = 0; step && count < MOST_DOCUMENTS; count += 1) step = next(flow, await documentAt(flow, step), step.url);
}
