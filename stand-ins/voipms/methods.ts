/** The methods of VoIP.ms' API that routing needs: each takes its own parameters and no others, and says in one word what became of it. */
import { EMPTY, routingFault, SETTING_RULES, type Account, type DidSettings, type HeldDid } from './account.ts';

export type Params = ReadonlyMap<string, string>;

export type Result = { status: string } & Readonly<Record<string, unknown>>;

interface Method {
  /** Optional ones too; anything else is refused, although VoIP.ms itself would overlook it. */
  params: readonly string[];
  run(account: Account, params: Params): Result;
}

const said = (status: string): Result => ({ status });
const ROUTINGS = ['routing', 'failover_busy', 'failover_unreachable', 'failover_noanswer'] as const;
const FAILOVERS = ROUTINGS.slice(1);
const isRouting = (name: string): boolean => (ROUTINGS as readonly string[]).includes(name);

function shown({ did, settings }: HeldDid): object {
  return {
    did, description: 'MIAMI, FL', ...settings, e911: '0', next_billing: '2027-01-01', order_date: '2020-01-01 10:00:00', reseller_account: '', sms_available: 1, sms_enabled: '0', sms_email: '', sms_email_enabled: 0,
    sms_forward: '', sms_forward_enabled: 0, sms_url_callback: '', sms_url_callback_enabled: 0, sms_url_callback_retry: 0,
  };
}

function getDids({ dids }: Account, params: Params): Result {
  const did = params.get('did');
  if (did !== undefined && !/^[0-9]{6,15}$/.test(did)) return said('invalid_did');
  const found = [...dids.values()].filter((held) => did === undefined || held.did === did);
  return found.length === 0 ? said('no_did') : { status: 'success', dids: found.map(shown) };
}

/** The number that is named, or the word for what is wrong. */
function heldIn({ dids }: Account, params: Params): HeldDid | string {
  const did = params.get('did') ?? '';
  if (did === '') return 'missing_did';
  return dids.get(did) ?? 'invalid_did';
}

function setRouting(account: Account, params: Params): Result {
  const held = heldIn(account, params);
  if (typeof held === 'string') return said(held);
  const routing = params.get('routing') ?? '';
  if (routing === '') return said('missing_routing');
  const fault = routingFault(account, held.did, routing, 'invalid_routing_header');
  if (fault !== undefined) return said(fault);
  held.settings.routing = routing;
  return said('success');
}

function settingFault(account: Account, params: Params): string | undefined {
  for (const [name, { fits, word, missing }] of Object.entries(SETTING_RULES)) {
    const value = params.get(name) ?? '';
    if (value === '' && missing !== undefined) return missing;
    if (value !== '' && !fits(value)) return word;
  }
  const mailbox = params.get('voicemail') ?? '';
  return mailbox === '' || account.mailboxes.has(mailbox) ? undefined : 'invalid_mailbox';
}

/** As strict as one may fear: whatever is not given is not kept. */
function setInfo(account: Account, params: Params): Result {
  const held = heldIn(account, params);
  if (typeof held === 'string') return said(held);
  if ((params.get('routing') ?? '') === '') return said('missing_routing');
  for (const field of ROUTINGS) {
    const value = params.get(field);
    const fault = value === undefined ? undefined : routingFault(account, held.did, value, field === 'routing' ? 'invalid_routing_header' : 'invalid_failover_header');
    if (fault !== undefined) return said(fault);
  }
  const fault = settingFault(account, params);
  if (fault !== undefined) return said(fault);
  held.settings = Object.fromEntries(Object.entries(EMPTY).map(([name, nothing]) => [name, params.get(name) ?? nothing])) as unknown as DidSettings;
  return said('success');
}

const freeId = (ids: readonly string[], first: number): string => String(Math.max(first, ...ids.map(Number)) + 1);

function setForwarding({ forwardings, mostForwardings }: Account, params: Params): Result {
  const given = (name: string): string => params.get(name) ?? '';
  if (given('phone_number') === '') return said('missing_phonenumber');
  if (!/^[0-9]{7,18}$/.test(given('phone_number'))) return said('invalid_phonenumber');
  if (!/^[0-9*#]*$/.test(given('dtmf_digits'))) return said('invalid_dtmf_digits');
  const known = forwardings.find(({ forwarding }) => forwarding === given('forwarding'));
  if (given('forwarding') !== '' && !known) return said('invalid_forwarding');
  if (!known && forwardings.length >= mostForwardings) return said('forwards_exceeded');
  const forwarding = known?.forwarding ?? freeId(forwardings.map((one) => one.forwarding), 1000);
  const entry = { forwarding, phone_number: given('phone_number'), callerid_override: given('callerid_override'), description: given('description'), dtmf_digits: given('dtmf_digits'), pause: given('pause') || '0', diversion_header: given('diversion_header') || '0' };
  if (known) Object.assign(known, entry);
  else forwardings.push(entry);
  return { status: 'success', forwarding };
}

function setSipUri({ sipUris }: Account, params: Params): Result {
  const given = (name: string): string => params.get(name) ?? '';
  if (given('uri') === '') return said('missing_uri');
  if (!/^[^\s@:;?]+@[^\s@:;?]+(?::[0-9]{1,5})?$/.test(given('uri'))) return said('invalid_sipuri');
  const known = sipUris.find(({ sipuri }) => sipuri === given('sipuri'));
  if (given('sipuri') !== '' && !known) return said('invalid_sipuri');
  const sipuri = known?.sipuri ?? freeId(sipUris.map((one) => one.sipuri), 6000);
  const entry = { sipuri, uri: given('uri'), description: given('description'), callerid_override: given('callerid_override'), callerid_e164: given('callerid_e164') || '0' };
  if (known) Object.assign(known, entry);
  else sipUris.push(entry);
  // A number here, where forwardings are answered with a text.
  return { status: 'success', sipuri: Number(sipuri) };
}

export const METHODS: Readonly<Record<string, Method>> = {
  getDIDsInfo: { params: ['client', 'did'], run: getDids },
  setDIDRouting: { params: ['did', 'routing'], run: setRouting },
  setDIDInfo: { params: ['did', ...FAILOVERS, 'routing', ...Object.keys(EMPTY).filter((name) => !isRouting(name))], run: setInfo },
  getForwardings: { params: ['forwarding'], run: ({ forwardings }) => (forwardings.length === 0 ? said('no_forwarding') : { status: 'success', forwardings }) },
  setForwarding: { params: ['forwarding', 'phone_number', 'callerid_override', 'description', 'dtmf_digits', 'pause', 'diversion_header'], run: setForwarding },
  getSIPURIs: { params: ['sipuri'], run: ({ sipUris }) => (sipUris.length === 0 ? said('no_sipuri') : { status: 'success', sipuris: sipUris }) },
  setSIPURI: { params: ['sipuri', 'uri', 'description', 'callerid_override', 'callerid_e164'], run: setSipUri },
};
