/** An account of VoIP.ms as its API shows it: numbers, forwardings and SIP addresses, and the words with which it refuses. */

/** Spelling of getDIDsInfo; all of it texts, as in real answers. */
export interface DidSettings {
  routing: string;
  failover_busy: string;
  failover_unreachable: string;
  failover_noanswer: string;
  voicemail: string;
  pop: string;
  dialtime: string;
  cnam: string;
  callerid_prefix: string;
  note: string;
  port_out_pin: string;
  billing_type: string;
  record_calls: string;
  transcribe: string;
  transcription_locale: string;
  transcription_email: string;
  transcription_start_delay: string;
  voicemail_threshold: string;
}

export interface HeldDid {
  did: string;
  settings: DidSettings;
}

export interface Forwarding {
  forwarding: string;
  phone_number: string;
  callerid_override: string;
  description: string;
  dtmf_digits: string;
  pause: string;
  diversion_header: string;
}

export interface SipUri {
  sipuri: string;
  uri: string;
  description: string;
  callerid_override: string;
  callerid_e164: string;
}

export interface AccountOptions {
  /** Sub-accounts that calls may be routed to. */
  accounts?: readonly string[];
  mailboxes?: readonly string[];
  /** How many forwardings there may be; VoIP.ms' own words name 4. */
  mostForwardings?: number;
}

export interface Account {
  dids: Map<string, HeldDid>;
  forwardings: Forwarding[];
  sipUris: SipUri[];
  accounts: ReadonlySet<string>;
  mailboxes: ReadonlySet<string>;
  mostForwardings: number;
}

/** What a number has where nothing is said: also what setDIDInfo makes of optional settings that it is not given. */
export const EMPTY: DidSettings = {
  routing: 'none:', failover_busy: 'none:', failover_unreachable: 'none:', failover_noanswer: 'none:', voicemail: '', pop: '5', dialtime: '60', cnam: '0', callerid_prefix: '', note: '',
  port_out_pin: '', billing_type: '1', record_calls: '0', transcribe: '0', transcription_locale: '', transcription_email: '', transcription_start_delay: '', voicemail_threshold: '',
};

export function createAccount({ accounts = [], mailboxes = [], mostForwardings = 4 }: AccountOptions): Account {
  return { dids: new Map(), forwardings: [], sipUris: [], accounts: new Set(accounts), mailboxes: new Set(mailboxes), mostForwardings };
}

const OTHER_HEADERS = new Set(['grp', 'ivr', 'sys', 'recording', 'queue', 'cb', 'tc', 'disa']);

/** Why this is no routing of the number; undefined when it is one. */
export function routingFault({ forwardings, sipUris, accounts, mailboxes }: Account, did: string, value: string, header: 'invalid_routing_header' | 'invalid_failover_header'): string | undefined {
  const colon = value.indexOf(':');
  if (colon < 0) return header;
  const id = value.slice(colon + 1);
  switch (value.slice(0, colon)) {
    case 'none':
      return id === '' ? undefined : header;
    case 'account':
      return accounts.has(id) ? undefined : 'invalid_account';
    case 'vm':
      return mailboxes.has(id) ? undefined : 'invalid_mailbox';
    case 'sip':
      return sipUris.some(({ sipuri }) => sipuri === id) ? undefined : 'invalid_sipuri';
    case 'fwd': {
      const entry = forwardings.find(({ forwarding }) => forwarding === id);
      if (!entry) return 'invalid_forwarding';
      return entry.phone_number.endsWith(did) ? 'invalid_forwarding_did' : undefined;
    }
    default:
      return OTHER_HEADERS.has(value.slice(0, colon)) && /^\w+$/.test(id) ? undefined : header;
  }
}

const oneOf = (...allowed: readonly string[]) => (value: string): boolean => allowed.includes(value);
const upTo = (most: number) => (value: string): boolean => value.length <= most;
const within = (least: number, most: number) => (value: string): boolean => /^[0-9]{1,3}$/.test(value) && Number(value) >= least && Number(value) <= most;

/** Settings of a number beside its routings: what may be in them, and the word for what may not. */
export const SETTING_RULES: Readonly<Partial<Record<keyof DidSettings, { fits: (value: string) => boolean; word: string; missing?: string }>>> = {
  pop: { fits: within(1, 200), word: 'invalid_serverpop', missing: 'missing_serverpop' },
  dialtime: { fits: within(1, 60), word: 'invalid_dialtime', missing: 'missing_dialtime' },
  cnam: { fits: oneOf('0', '1'), word: 'invalid_cnam', missing: 'missing_cnam' },
  billing_type: { fits: oneOf('1', '2'), word: 'invalid_billingtype', missing: 'missing_billingtype' },
  callerid_prefix: { fits: upTo(20), word: 'invalid_calleridprefix' },
  note: { fits: upTo(50), word: 'invalid_note' },
  record_calls: { fits: oneOf('0', '1'), word: 'invalid_recording' },
  transcribe: { fits: oneOf('0', '1'), word: 'invalid_type' },
};
