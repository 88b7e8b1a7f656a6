/** The numbers that the account holds, as the REST resource shows them, and the rules of changing one. */

/** Spelling of the API: IncomingPhoneNumber of 2010-04-01. Empty strings stand for "not set", as in real answers. */
export interface NumberSettings {
  friendly_name: string;
  voice_url: string;
  voice_method: string;
  voice_fallback_url: string;
  voice_fallback_method: string;
  voice_application_sid: string;
  voice_receive_mode: string;
  voice_caller_id_lookup: boolean;
  trunk_sid: string;
  status_callback: string;
  status_callback_method: string;
  sms_url: string;
  sms_method: string;
  sms_fallback_url: string;
  sms_fallback_method: string;
  sms_application_sid: string;
}

export interface HeldNumber {
  sid: string;
  phoneNumber: string;
  createdAt: Date;
  updatedAt: Date;
  settings: NumberSettings;
}

export interface Refusal {
  status: number;
  code: number;
  message: string;
}

const EMPTY: NumberSettings = {
  friendly_name: '', voice_url: '', voice_method: 'POST', voice_fallback_url: '', voice_fallback_method: 'POST', voice_application_sid: '', voice_receive_mode: 'voice',
  voice_caller_id_lookup: false, trunk_sid: '', status_callback: '', status_callback_method: 'POST', sms_url: '', sms_method: 'POST', sms_fallback_url: '',
  sms_fallback_method: 'POST', sms_application_sid: '',
};

type Setter = (settings: NumberSettings, value: string) => Refusal | undefined;

const refuse = (code: number, message: string): Refusal => ({ status: 400, code, message });

function text(field: 'friendly_name'): Setter {
  return (settings, value) => void (settings[field] = value);
}

function address(field: 'voice_url' | 'voice_fallback_url' | 'status_callback' | 'sms_url' | 'sms_fallback_url', code: number): Setter {
  return (settings, value) => {
    if (value !== '' && !isHttpUrl(value)) return refuse(code, `${value} is not a valid URL`);
    settings[field] = value;
    return undefined;
  };
}

function httpMethod(field: 'voice_method' | 'voice_fallback_method' | 'status_callback_method' | 'sms_method' | 'sms_fallback_method'): Setter {
  return (settings, value) => {
    if (value !== 'GET' && value !== 'POST') return refuse(21403, `${value} is not a valid method`);
    settings[field] = value;
    return undefined;
  };
}

/** Setting one of the two deletes the other (documented side effect). */
function connection(field: 'voice_application_sid' | 'trunk_sid', other: 'voice_application_sid' | 'trunk_sid', prefix: 'AP' | 'TK'): Setter {
  return (settings, value) => {
    if (value !== '' && !new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value)) return refuse(20001, `${value} is not a valid sid`);
    settings[field] = value;
    if (value !== '') settings[other] = '';
    return undefined;
  };
}

const SETTERS: Readonly<Record<string, Setter>> = {
  FriendlyName: text('friendly_name'),
  VoiceUrl: address('voice_url', 21402),
  VoiceMethod: httpMethod('voice_method'),
  VoiceFallbackUrl: address('voice_fallback_url', 21402),
  VoiceFallbackMethod: httpMethod('voice_fallback_method'),
  StatusCallback: address('status_callback', 21402),
  StatusCallbackMethod: httpMethod('status_callback_method'),
  SmsUrl: address('sms_url', 21402),
  SmsMethod: httpMethod('sms_method'),
  SmsFallbackUrl: address('sms_fallback_url', 21402),
  SmsFallbackMethod: httpMethod('sms_fallback_method'),
  VoiceApplicationSid: connection('voice_application_sid', 'trunk_sid', 'AP'),
  TrunkSid: connection('trunk_sid', 'voice_application_sid', 'TK'),
  VoiceReceiveMode: (settings, value) => (value === 'voice' || value === 'fax' ? void (settings.voice_receive_mode = value) : refuse(20001, 'VoiceReceiveMode is voice or fax')),
  VoiceCallerIdLookup: (settings, value) => (/^(true|false)$/.test(value) ? void (settings.voice_caller_id_lookup = value === 'true') : refuse(20001, 'VoiceCallerIdLookup is true or false')),
};

/** The settings after a form has been applied to them, or why it is refused as a whole. */
export function applyForm(current: NumberSettings, form: URLSearchParams): NumberSettings | Refusal {
  const next = { ...current };
  for (const [field, value] of form) {
    const setter = SETTERS[field];
    if (!setter) return refuse(20001, `Unknown parameter ${field}`);
    if (form.getAll(field).length > 1) return refuse(20001, `${field} is given more than once`);
    const refusal = setter(next, value);
    if (refusal) return refusal;
  }
  if (next.voice_fallback_url !== '' && next.voice_url === '') return refuse(21405, 'Cannot set VoiceFallbackUrl without setting Url');
  return next;
}

export interface NumberBook {
  add(phoneNumber: string, settings?: Partial<NumberSettings>): HeldNumber;
  bySid(sid: string): HeldNumber | undefined;
  byNumber(phoneNumber: string): HeldNumber | undefined;
  /** Those whose number contains the digits of `part`, in the order they were added. */
  search(part: string): readonly HeldNumber[];
}

export function createNumberBook(sid: (prefix: string) => string, now: () => number): NumberBook {
  const byNumber = new Map<string, HeldNumber>();
  const bySid = new Map<string, HeldNumber>();
  return {
    add(phoneNumber, settings = {}) {
      const at = new Date(now());
      const held = { sid: sid('PN'), phoneNumber, createdAt: at, updatedAt: at, settings: { ...EMPTY, friendly_name: phoneNumber, ...settings } };
      byNumber.set(phoneNumber, held);
      bySid.set(held.sid, held);
      return held;
    },
    bySid: (wanted) => bySid.get(wanted),
    byNumber: (wanted) => byNumber.get(wanted),
    search: (part) => [...byNumber.values()].filter((held) => held.phoneNumber.includes(part.replace(/[^0-9+]/g, ''))),
  };
}

function isHttpUrl(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value).protocol);
  } catch {
    return false;
  }
}
