/** Who takes part in the demo: customers, their backup plans, and the people whose phones ring. All numbers are from ranges that Ofcom keeps for drama. */
import type { PhoneBehaviour } from '../stand-ins/twilio/phones.ts';

export const PRIMARY = { id: 'office-pbx', host: 'pbx.example.net', record: { kind: 'pbx', name: 'The hosted PBX', target: 'sip:{number}@pbx.example.net' } } as const;
/** A second phone system, somewhere else, that only takes calls when asked to. */
export const BACKUP_HOST = 'backup.example.net';
export const UNPROTECTED = 'elm-street-garage';

export const CUSTOMERS: readonly { id: string; name: string; class?: 'critical'; defaultPlan?: string }[] = [
  { id: 'harbour-dental', name: 'Harbour Dental', class: 'critical', defaultPlan: 'dental-on-call' },
  { id: 'acorn-legal', name: 'Acorn Legal', defaultPlan: 'legal-partners' },
  { id: 'bluebird-travel', name: 'Bluebird Travel', defaultPlan: 'travel-branch' },
  { id: 'corner-bakery', name: 'Corner Bakery', defaultPlan: 'bakery-elsewhere' },
  { id: 'delta-plumbing', name: 'Delta Plumbing' },
  { id: UNPROTECTED, name: 'Elm Street Garage' },
];

const PEOPLE = {
  drHale: '+441144960101', drMoss: '+441144960102', partner: '+441144960103', branch: '+441144960104', engineer: '+441144960105', answeringService: '+441144960106',
} as const;

const GREETING = 'Our phone system has a fault. Please leave your name and number, and we call you back.';

export const PLANS: readonly { id: string; customer?: string; destinations: readonly Record<string, unknown>[] }[] = [
  { id: 'dental-on-call', customer: 'harbour-dental', destinations: [{ to: PEOPLE.drHale, ringSeconds: 15 }, { to: PEOPLE.drMoss, ringSeconds: 15 }, { to: 'voicemail', say: GREETING }] },
  { id: 'legal-partners', customer: 'acorn-legal', destinations: [{ to: PEOPLE.partner, screen: true }, { to: 'voicemail', say: GREETING }] },
  { id: 'travel-branch', customer: 'bluebird-travel', destinations: [{ to: PEOPLE.branch, maxCalls: 2 }, { to: 'voicemail', say: GREETING }] },
  { id: 'bakery-elsewhere', customer: 'corner-bakery', destinations: [{ to: `sip:bakery@${BACKUP_HOST}` }, { to: 'voicemail', say: GREETING }] },
  { id: 'plumbing-emergency', customer: 'delta-plumbing', destinations: [{ to: PEOPLE.engineer, screen: true }, { to: 'voicemail', say: GREETING }] },
  { id: 'plumbing-day', customer: 'delta-plumbing', destinations: [{ to: 'voicemail', say: GREETING }] },
];

/** What the provider sets for everybody in the middle of the outage. */
export const DEFAULT_PLAN = { id: 'answering-service', destinations: [{ to: PEOPLE.answeringService }, { to: 'voicemail', say: GREETING }] };

export const PHONES: Readonly<Record<string, PhoneBehaviour>> = {
  [PEOPLE.drHale]: { does: 'busy' },
  [PEOPLE.drMoss]: { does: 'answers', afterSeconds: 3 },
  [PEOPLE.partner]: { does: 'private-voicemail' },
  [PEOPLE.branch]: { does: 'answers', afterSeconds: 3, talkSeconds: 30 },
  [PEOPLE.engineer]: { does: 'presses', key: '1' },
  [PEOPLE.answeringService]: { does: 'answers', afterSeconds: 2 },
};

/** Names for what is rung, as a reader of the demo needs them. */
const NAMES: Readonly<Record<string, string>> = {
  [PEOPLE.drHale]: 'Dr Hale', [PEOPLE.drMoss]: 'Dr Moss', [PEOPLE.partner]: "the partner's mobile", [PEOPLE.branch]: 'the other branch', [PEOPLE.engineer]: 'the engineer on call',
  [PEOPLE.answeringService]: 'the answering service',
};

export function nameOf(to: string): string {
  if (to.includes(`@${PRIMARY.host}`)) return 'the PBX';
  return to.includes(`@${BACKUP_HOST}`) ? 'a PBX elsewhere' : (NAMES[to] ?? to);
}

/** `+442079460012` as `+44 20 7946 0012`, near enough for reading. */
export function readable(number: string): string {
  return number.replace(/^\+44(20|29)(\d{4})(\d{4})$/, '+44 $1 $2 $3').replace(/^\+44(1\d{2})(\d{3})(\d{4})$/, '+44 $1 $2 $3').replace(/^\+44(7\d{3})(\d{6})$/, '+44 $1 $2');
}
