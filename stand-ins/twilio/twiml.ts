/** Reads an answer as TwiML, strictly: what Twilio would refuse, warn about or silently skip is a violation, and such a document is not played. */
import type { WebhookResponse } from './transcript.ts';
import { NOT_ON_CALLEE, TOP_VERBS, VERBS } from './twiml-rules.ts';
import { parseXml, type Element } from '../xml.ts';

/** On whose leg the document runs. */
export type Audience = 'caller' | 'callee';

export interface Fault {
  code: number;
  detail: string;
}

export type Reading = { verbs: readonly Element[] } | { faults: readonly Fault[] };

/** 11750: the largest answer that Twilio takes, octets. */
const MAX_BYTES = 64 * 1024;
const MAX_NOUNS = 10;

export function readTwiml(response: WebhookResponse, audience: Audience): Reading {
  const { status, contentType, body, bytes } = response;
  if (status < 200 || status > 299) return { faults: [{ code: 11200, detail: `HTTP status ${status}` }] };
  if (!/^(text|application)\/xml\s*(;|$)/i.test(contentType)) return { faults: [{ code: 12300, detail: `Content-Type ${contentType === '' ? 'missing' : contentType}` }] };
  if (bytes > MAX_BYTES) return { faults: [{ code: 11750, detail: `${bytes} octets` }] };
  const document = parseXml(body);
  if ('fault' in document) return { faults: [{ code: 12100, detail: `Not well-formed: ${document.fault}` }] };
  const faults = checkResponse(document.root, audience).map((detail) => ({ code: 12200, detail }));
  return faults.length > 0 ? { faults } : { verbs: document.root.children };
}

function checkResponse(root: Element, audience: Audience): string[] {
  if (root.name !== 'Response') return [`The root is <${root.name}>, not <Response>`];
  const faults = Object.keys(root.attributes).map((name) => `<Response> has no attribute ${name}`);
  if (root.text.trim() !== '') faults.push('Text directly within <Response>');
  for (const verb of root.children) {
    if (!TOP_VERBS.includes(verb.name)) faults.push(`<${verb.name}> may not stand in <Response>`);
    else if (audience === 'callee' && NOT_ON_CALLEE.includes(verb.name)) faults.push(`<${verb.name}> may not stand in a callee's document`);
    else faults.push(...checkVerb(verb));
  }
  return [...faults, ...checkReach(root.children)];
}

function checkVerb(verb: Element): string[] {
  const rule = VERBS[verb.name];
  if (!rule) return [`<${verb.name}> is not known`];
  const faults: string[] = [];
  for (const [name, value] of Object.entries(verb.attributes)) {
    const complaint = rule.attributes[name]?.(value);
    if (complaint !== undefined) faults.push(`${name}="${value}" of <${verb.name}> ${complaint}`);
    else if (rule.notPlayed?.includes(name)) faults.push(`${name} of <${verb.name}> is not played by this stand-in`);
    else if (!(name in rule.attributes)) faults.push(`<${verb.name}> has no attribute ${name}`);
  }
  const complaint = rule.text?.(verb.text);
  if (complaint !== undefined && !(verb.name === 'Play' && 'digits' in verb.attributes)) faults.push(`The text of <${verb.name}> ${complaint}`);
  if (!rule.text && verb.text.trim() !== '') faults.push(`Text within <${verb.name}>`);
  for (const child of verb.children) {
    if (rule.children?.includes(child.name)) faults.push(...checkVerb(child));
    else faults.push(`<${child.name}> may not stand in <${verb.name}>`);
  }
  return verb.name === 'Dial' ? [...faults, ...checkDial(verb)] : faults;
}

function checkDial(verb: Element): string[] {
  const bare = verb.text.trim() !== '';
  if (bare && verb.children.length > 0) return ['<Dial> with both text and nouns'];
  if (!bare && verb.children.length === 0) return ['<Dial> with nobody to dial'];
  return verb.children.length > MAX_NOUNS ? [`<Dial> with more than ${MAX_NOUNS} nouns`] : [];
}

/** After these the document is left for good, so a verb behind one is never played. */
function leaves(verb: Element): boolean {
  return verb.name === 'Redirect' || verb.name === 'Hangup' || verb.name === 'Reject' || (verb.name === 'Dial' && 'action' in verb.attributes);
}

function checkReach(verbs: readonly Element[]): string[] {
  const last = verbs.findIndex(leaves);
  const faults = last < 0 ? [] : verbs.slice(last + 1).map((verb) => `<${verb.name}> after <${verbs[last]?.name ?? ''}> is never reached`);
  const reject = verbs.findIndex((verb) => verb.name === 'Reject');
  if (reject > 0) faults.push('<Reject> must be the first verb');
  return faults;
}
