/** The account's applications: voice addresses that many numbers share, as the REST resource shows them, and the rules of changing one. */
import { address, applied, httpMethod, isRefusal, refuse, type Refusal, type Setter } from './fields.ts';

export interface ApplicationSettings {
  friendly_name: string;
  voice_url: string;
  voice_method: string;
  voice_fallback_url: string;
  voice_fallback_method: string;
  status_callback: string;
  status_callback_method: string;
}

export interface HeldApplication {
  sid: string;
  settings: ApplicationSettings;
}

const EMPTY: ApplicationSettings = { friendly_name: '', voice_url: '', voice_method: 'POST', voice_fallback_url: '', voice_fallback_method: 'POST', status_callback: '', status_callback_method: 'POST' };

/** Of applications and of numbers. */
export const VOICE_SETTERS: Readonly<Record<string, Setter<ApplicationSettings>>> = {
  FriendlyName: (settings, value) => void (settings.friendly_name = value),
  VoiceUrl: address('voice_url', 21402),
  VoiceMethod: httpMethod('voice_method', 21403),
  VoiceFallbackUrl: address('voice_fallback_url', 21402),
  VoiceFallbackMethod: httpMethod('voice_fallback_method', 21403),
  StatusCallback: address('status_callback', 21402),
  StatusCallbackMethod: httpMethod('status_callback_method', 21403),
};

export function fallbackWithoutUrl({ voice_fallback_url: fallback, voice_url: url }: Pick<ApplicationSettings, 'voice_fallback_url' | 'voice_url'>): Refusal | undefined {
  return fallback !== '' && url === '' ? refuse(21405, 'Cannot set VoiceFallbackUrl without setting Url') : undefined;
}

export function applyToApplication(current: ApplicationSettings, form: URLSearchParams): ApplicationSettings | Refusal {
  const next = applied(current, form, VOICE_SETTERS);
  return isRefusal(next) ? next : (fallbackWithoutUrl(next) ?? next);
}

export interface ApplicationBook {
  add(settings?: Partial<ApplicationSettings>): HeldApplication;
  bySid(sid: string): HeldApplication | undefined;
}

export function createApplicationBook(newSid: (prefix: string) => string): ApplicationBook {
  const bySid = new Map<string, HeldApplication>();
  return {
    add(settings = {}) {
      const held = { sid: newSid('AP'), settings: { ...EMPTY, ...settings } };
      bySid.set(held.sid, held);
      return held;
    },
    bySid: (sid) => bySid.get(sid),
  };
}
