/** The numbers that the account holds, as the REST resource shows them, and the rules of changing one. */
import { fallbackWithoutUrl, VOICE_SETTERS, type ApplicationSettings } from './applications.ts';
import { address, applied, httpMethod, isRefusal, refuse, type Refusal, type Setter } from './fields.ts';

/** Spelling of the API: IncomingPhoneNumber of 2010-04-01. Empty strings stand for "not set", as in real answers. */
export interface NumberSettings extends ApplicationSettings {
  voice_application_sid: string;
  voice_receive_mode: string;
  voice_caller_id_lookup: boolean;
  trunk_sid: string;
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

const EMPTY: NumberSettings = {
  friendly_name: '', voice_url: '', voice_method: 'POST', voice_fallback_url: '', voice_fallback_method: 'POST', voice_application_sid: '', voice_receive_mode: 'voice',
  voice_caller_id_lookup: false, trunk_sid: '', status_callback: '', status_callback_method: 'POST', sms_url: '', sms_method: 'POST', sms_fallback_url: '',
  sms_fallback_method: 'POST', sms_application_sid: '',
};

/** Setting one of the two deletes the other (documented side effect). */
function connection(field: 'voice_application_sid' | 'trunk_sid', other: 'voice_application_sid' | 'trunk_sid', prefix: 'AP' | 'TK'): Setter<NumberSettings> {
  return (settings, value) => {
    if (value !== '' && !new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value)) return refuse(20001, `${value} is not a valid sid`);
    settings[field] = value;
    if (value !== '') settings[other] = '';
    return undefined;
  };
}

const SETTERS: Readonly<Record<string, Setter<NumberSettings>>> = {
  ...VOICE_SETTERS,
  SmsUrl: address('sms_url', 21402),
  SmsMethod: httpMethod('sms_method', 21403),
  SmsFallbackUrl: address('sms_fallback_url', 21402),
  SmsFallbackMethod: httpMethod('sms_fallback_method', 21403),
  VoiceApplicationSid: connection('voice_application_sid', 'trunk_sid', 'AP'),
  TrunkSid: connection('trunk_sid', 'voice_application_sid', 'TK'),
  VoiceReceiveMode: (settings, value) => (value === 'voice' || value === 'fax' ? void (settings.voice_receive_mode = value) : refuse(20001, 'VoiceReceiveMode is voice or fax')),
  VoiceCallerIdLookup: (settings, value) => (/^(true|false)$/.test(value) ? void (settings.voice_caller_id_lookup = value === 'true') : refuse(20001, 'VoiceCallerIdLookup is true or false')),
};

/** The settings after a form has been applied to them, or why it is refused as a whole. */
export function applyForm(current: NumberSettings, form: URLSearchParams): NumberSettings | Refusal {
  const next = applied(current, form, SETTERS);
  return isRefusal(next) ? next : (fallbackWithoutUrl(next) ?? next);
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
    search(part) {
      const digits = part.replace(/[^0-9+]/g, '');
      return [...byNumber.values()].filter((held) => held.phoneNumber.includes(digits));
    },
  };
}
