/** The addresses at which a carrier calls back, and what travels in them: all that later steps of a call must know. */
import type { EndedLeg } from '../../rules/call-outcome.ts';
import type { Passage } from '../../rules/passage.ts';
import { decodeTried, encodeTried } from './tried.ts';

export const WEBHOOK_VERBS = ['voice', 'step', 'screen', 'pressed', 'voicemail', 'recorded', 'status', 'recovery', 'drill', 'drill-key', 'drill-status'] as const;
export type WebhookVerb = (typeof WEBHOOK_VERBS)[number];

/** Where a call stands: what it has been through, which step is under way, and how it came to us. */
export interface CallPlace {
  tried: readonly EndedLeg[];
  /** Key of the step under way. */
  step: string | undefined;
  passage: Passage | undefined;
}

const PASSAGE_LETTERS: Readonly<Record<Passage, string>> = { fresh: 'f', passed: 'p', returned: 'r' };
const STEP_KEY = /^[a-z0-9][a-z0-9-]{0,39}$/;

export function webhookAddress(carrier: string, verb: WebhookVerb, query: Readonly<Record<string, string>> = {}): string {
  const text = Object.entries(query)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `/webhooks/${carrier}/${verb}${text === '' ? '' : `?${text}`}`;
}

export function placeQuery(place: CallPlace): Record<string, string> {
  return { step: place.step ?? '', tried: encodeTried(place.tried), via: place.passage === undefined ? '' : PASSAGE_LETTERS[place.passage] };
}

/** `read` gives a query parameter by name. What cannot be understood is as if it were not there. */
export function readPlace(read: (name: string) => string | undefined): CallPlace {
  const step = read('step');
  const passage = (Object.keys(PASSAGE_LETTERS) as Passage[]).find((one) => PASSAGE_LETTERS[one] === read('via'));
  return { tried: decodeTried(read('tried')), step: step !== undefined && STEP_KEY.test(step) ? step : undefined, passage };
}

/** A test call: which drill, and which of its tests. */
export interface TestPlace {
  drill: string;
  test: number;
}

export function drillQuery({ drill, test }: TestPlace): Record<string, string> {
  return { drill, test: String(test) };
}

/** Undefined when it names none. */
export function readTestPlace(read: (name: string) => string | undefined): TestPlace | undefined {
  const [drill = '', test = ''] = [read('drill'), read('test')];
  return /^[a-z0-9-]{1,64}$/.test(drill) && /^[0-9]{1,4}$/.test(test) ? { drill, test: Number(test) } : undefined;
}

/** The verb and place of an address of ours that a carrier could not reach. */
export function readFailedAddress(address: string | undefined): { verb: WebhookVerb; place: CallPlace } | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const verb = WEBHOOK_VERBS.find((one) => url.pathname.endsWith(`/${one}`));
  return verb && { verb, place: readPlace((name) => url.searchParams.get(name) ?? undefined) };
}
