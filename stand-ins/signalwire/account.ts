/** What a SignalWire project holds, and the rules of changing it (github.com/signalwire/docs, fern/apis/compatibility/openapi.yaml and fern/apis/signalwire-rest/openapi.yaml). */

export interface VoiceSettings {
  voice_url: string | null;
  voice_method: string;
  voice_fallback_url: string | null;
  voice_fallback_method: string;
  status_callback: string | null;
  status_callback_method: string;
}

export interface HeldNumber extends VoiceSettings {
  sid: string;
  phone_number: string;
  friendly_name: string;
  voice_application_sid: string | null;
  /** Of the native API: who has the calls, and what each kind of handler is given. */
  call_handler: string;
  companions: Record<string, string>;
}

export interface HeldApplication extends VoiceSettings {
  sid: string;
  friendly_name: string;
}

export interface Project {
  numbers: Map<string, HeldNumber>;
  applications: Map<string, HeldApplication>;
  /** To set an address or an application makes it the handler; nobody says whether it does. */
  settingTakesOver: boolean;
}

export interface Refusal {
  code: string;
  message: string;
}

export const NO_VOICE: VoiceSettings = { voice_url: null, voice_method: 'POST', voice_fallback_url: null, voice_fallback_method: 'POST', status_callback: null, status_callback_method: 'POST' };

const ADDRESSES: Readonly<Record<string, keyof VoiceSettings>> = { VoiceUrl: 'voice_url', VoiceFallbackUrl: 'voice_fallback_url', StatusCallback: 'status_callback' };
const METHODS: Readonly<Record<string, keyof VoiceSettings>> = { VoiceMethod: 'voice_method', VoiceFallbackMethod: 'voice_fallback_method', StatusCallbackMethod: 'status_callback_method' };

/** In which field each handler is told what it is. */
export const HANDLERS: Readonly<Record<string, string>> = {
  relay_script: 'call_relay_script_url', laml_webhooks: 'call_request_url', laml_application: 'call_laml_application_id', ai_agent: 'call_ai_agent_id', call_flow: 'call_flow_id', relay_application: 'call_relay_application',
  relay_topic: 'call_relay_topic', relay_context: 'call_relay_context', relay_connector: 'call_relay_connector_id', video_room: 'call_video_room_id', dialogflow: 'call_dialogflow_agent_id',
};

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'message' in value;

const isUrl = (value: string): boolean => URL.canParse(value) && /^https?:/.test(value);

/** The settings that a form leaves, or why it is refused as a whole; `rest` sees what is not of voice. */
export function changed<T extends VoiceSettings>(held: T, form: URLSearchParams, rest: (name: string, value: string, next: T) => Refusal | undefined): T | Refusal {
  const next = { ...held };
  const voice: VoiceSettings = next;
  for (const [name, value] of form) {
    const address = ADDRESSES[name];
    const method = METHODS[name];
    if (form.getAll(name).length > 1) return { code: '90000', message: `${name} is given more than once` };
    if (address !== undefined) {
      if (value !== '' && !isUrl(value)) return { code: '21402', message: `${name} is not a fully qualified URL` };
      Object.assign(voice, { [address]: value === '' ? null : value });
    } else if (method !== undefined) {
      if (value !== 'GET' && value !== 'POST') return { code: '21209', message: `${name} must be GET or POST` };
      Object.assign(voice, { [method]: value });
    } else {
      const refusal = name === 'FriendlyName' ? undefined : rest(name, value, next);
      if (refusal) return refusal;
    }
  }
  return next;
}

export function changeNumber(project: Project, held: HeldNumber, form: URLSearchParams): HeldNumber | Refusal {
  const next = changed(held, form, (name, value, number) => {
    if (name !== 'VoiceApplicationSid') return { code: '90000', message: `The supplied parameter ${name} is unsupported` };
    if (value !== '' && !project.applications.has(value)) return { code: '21420', message: 'The passed VoiceApplicationSid could not be found' };
    number.voice_application_sid = value === '' ? null : value;
    return undefined;
  });
  if (isRefusal(next)) return next;
  const own = next.voice_application_sid === null ? 'laml_webhooks' : 'laml_application';
  const compatible = next.call_handler === 'laml_webhooks' || next.call_handler === 'laml_application';
  if (compatible || (project.settingTakesOver && (form.has('VoiceUrl') || form.has('VoiceApplicationSid')))) next.call_handler = own;
  return next;
}

/** `PUT /api/relay/rest/phone_numbers/{id}` */
export function changeNative(held: HeldNumber, body: Readonly<Record<string, unknown>>): HeldNumber | Refusal {
  const next = { ...held, companions: { ...held.companions } };
  const known = ['call_handler', 'call_request_method', ...Object.values(HANDLERS)];
  const odd = Object.entries(body).find(([name, value]) => !known.includes(name) || typeof value !== 'string');
  if (odd) return { code: 'invalid_parameter', message: `${odd[0]} is not permitted` };
  const { call_handler: handler, call_request_url: url, call_request_method: method, ...others } = body as Readonly<Record<string, string>>;
  if (handler === undefined || !(handler in HANDLERS)) return { code: 'invalid_parameter', message: 'call_handler is not included in the list' };
  next.call_handler = handler;
  if (url !== undefined) next.voice_url = url;
  if (method !== undefined) next.voice_method = method;
  Object.assign(next.companions, others);
  if (handler === 'laml_webhooks') next.voice_application_sid = null;
  return next;
}
