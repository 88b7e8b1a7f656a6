/** The account's Elastic SIP trunks with their origination URLs, as the API of trunking.twilio.com shows them, and the rules of changing them. */
import { address, httpMethod, refuse, type Setter } from './fields.ts';

export interface OriginationUrl {
  sid: string;
  friendly_name: string;
  sip_url: string;
  priority: number;
  weight: number;
  enabled: boolean;
}

export interface TrunkSettings {
  friendly_name: string;
  disaster_recovery_url: string;
  disaster_recovery_method: string;
  secure: boolean;
  cnam_lookup_enabled: boolean;
}

export interface HeldTrunk {
  sid: string;
  settings: TrunkSettings;
  originationUrls: OriginationUrl[];
}

const EMPTY: TrunkSettings = { friendly_name: '', disaster_recovery_url: '', disaster_recovery_method: 'POST', secure: false, cnam_lookup_enabled: false };

const flag = <Name extends string>(name: Name): Setter<Record<Name, boolean>> => (settings, value) => (/^(true|false)$/.test(value) ? void (settings[name] = value === 'true') : refuse(20001, `${name} is true or false`));
const text: Setter<{ friendly_name: string }> = (settings, value) => (value.length > 64 ? refuse(20001, 'FriendlyName is too long') : void (settings.friendly_name = value));
const whole = <Name extends string>(name: Name, least: number): Setter<Record<Name, number>> => (settings, value) => (/^\d{1,5}$/.test(value) && Number(value) >= least && Number(value) <= 65_535 ? void (settings[name] = Number(value)) : refuse(20001, `${name} is from ${least} to 65535`));

export const TRUNK_SETTERS: Readonly<Record<string, Setter<TrunkSettings>>> = {
  FriendlyName: text,
  DisasterRecoveryUrl: address('disaster_recovery_url', 20001),
  DisasterRecoveryMethod: httpMethod('disaster_recovery_method', 20001),
  Secure: flag('secure'),
  CnamLookupEnabled: flag('cnam_lookup_enabled'),
};

export const ORIGINATION_SETTERS: Readonly<Record<string, Setter<OriginationUrl>>> = {
  FriendlyName: text,
  // "This must be a sip: schema. sips is NOT supported."
  SipUrl: (url, value) => (/^sip:[^\s?]+$/.test(value) && value.length <= 255 ? void (url.sip_url = value) : refuse(21609, 'Invalid SipUrl')),
  Priority: whole('priority', 0),
  Weight: whole('weight', 1),
  Enabled: flag('enabled'),
};

export interface TrunkBook {
  add(originationUrls: readonly (Partial<OriginationUrl> & { sip_url: string })[], settings?: Partial<TrunkSettings>): HeldTrunk;
  bySid(sid: string): HeldTrunk | undefined;
  /** With the documented defaults: priority 10, weight 10, enabled. */
  originationUrl(given: Partial<OriginationUrl>): OriginationUrl;
}

export function createTrunkBook(newSid: (prefix: string) => string): TrunkBook {
  const bySid = new Map<string, HeldTrunk>();
  const book: TrunkBook = {
    add(originationUrls, settings = {}) {
      const held = { sid: newSid('TK'), settings: { ...EMPTY, ...settings }, originationUrls: originationUrls.map(book.originationUrl) };
      bySid.set(held.sid, held);
      return held;
    },
    bySid: (sid) => bySid.get(sid),
    originationUrl: (given) => ({ sid: newSid('OU'), friendly_name: '', sip_url: '', priority: 10, weight: 10, enabled: true, ...given }),
  };
  return book;
}

/** Where the trunk's calls go, the most important first; equal ones share the load, which is told here as their order. */
export function originationTargets({ originationUrls }: HeldTrunk): string[] {
  return originationUrls.filter(({ enabled }) => enabled).toSorted((one, other) => one.priority - other.priority).map(({ sip_url: url }) => url);
}
