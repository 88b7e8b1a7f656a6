/** What a Vonage account holds, and the rules of changing it (Nexmo/api-specification: definitions/numbers.yml, definitions/application.v2.yml). */

export interface OwnedNumber {
  country: string;
  msisdn: string;
  features: readonly string[];
  app_id?: string;
  moHttpUrl?: string;
  voiceCallbackType?: string;
  voiceCallbackValue?: string;
  messagesCallbackType?: string;
  messagesCallbackValue?: string;
  /** Never shown. */
  voiceStatusCallback?: string;
}

export interface Hook {
  address: string;
  http_method: string;
  connection_timeout?: number;
  socket_timeout?: number;
}

export interface Application {
  id: string;
  name: string;
  keys: { public_key: string };
  privacy?: object;
  capabilities: Record<string, unknown> & { voice?: { webhooks?: Record<string, Hook>; signed_callbacks?: boolean } };
}

export interface Account {
  numbers: Map<string, OwnedNumber>;
  applications: Map<string, Application>;
  /** Addresses for messages that do not answer: Vonage asks them before it takes them. */
  deadAddresses: Set<string>;
}

const SETTABLE = ['app_id', 'moHttpUrl', 'voiceCallbackType', 'voiceCallbackValue', 'voiceStatusCallback', 'messagesCallbackType', 'messagesCallbackValue'] as const;

/** Why it is refused; undefined when it is done. What is left out is cleared: the pages do not say that it is kept. */
export function update(account: Account, form: URLSearchParams): string | undefined {
  const { country, msisdn, ...fields } = Object.fromEntries(form) as Record<string, string>;
  const held = account.numbers.get(msisdn ?? '');
  if (!held || held.country !== country) return 'method failed';
  const unknown = Object.keys(fields).find((name) => !(SETTABLE as readonly string[]).includes(name));
  if (unknown !== undefined || [...form.keys()].length !== Object.keys(fields).length + 2) return 'method failed';
  const { voiceCallbackType: type = '', voiceCallbackValue: value = '', app_id: app = '', moHttpUrl: sms = '' } = fields;
  if (!['', 'sip', 'tel', 'app'].includes(type) || (type === '') !== (value === '')) return 'method failed';
  if (type === 'tel' && !/^[1-9][0-9]{6,14}$/.test(value)) return 'method failed';
  if (type === 'sip' && !/^sips?:[^\s?]+$/.test(value)) return 'method failed';
  if (app !== '' && !account.applications.has(app)) return 'method failed';
  if (sms !== '' && account.deadAddresses.has(sms)) return 'method failed';
  for (const name of SETTABLE) {
    const given = fields[name] ?? '';
    if (given === '') delete held[name];
    else held[name] = given;
  }
  return undefined;
}

function isHook(value: unknown): value is Hook {
  const hook = (value ?? {}) as Partial<Record<keyof Hook, unknown>>;
  const within = (given: unknown, least: number, most: number): boolean => given === undefined || (Number.isInteger(given) && Number(given) >= least && Number(given) <= most);
  return typeof hook.address === 'string' && /^https?:\/\/\S+$/.test(hook.address) && (hook.http_method === 'GET' || hook.http_method === 'POST')
    && within(hook.connection_timeout, 300, 1000) && within(hook.socket_timeout, 1000, 5000) && Object.keys(hook).every((name) => ['address', 'http_method', 'connection_timeout', 'socket_timeout'].includes(name));
}

/** Why an application cannot be so. */
export function faultOf(body: unknown): string | undefined {
  const { name, capabilities, keys: _keys, privacy: _privacy, ...unknown } = (body ?? {}) as Partial<Application>;
  if (typeof name !== 'string' || name === '') return 'name is required';
  if (Object.keys(unknown).length > 0) return `${Object.keys(unknown)[0]} is not allowed`;
  const voice = capabilities?.voice;
  if (voice === undefined) return undefined;
  const odd = Object.keys(voice).find((one) => !['webhooks', 'signed_callbacks'].includes(one));
  if (odd !== undefined) return `${odd} is not allowed`;
  for (const [hook, value] of Object.entries(voice.webhooks ?? {})) {
    if (!['answer_url', 'fallback_answer_url', 'event_url'].includes(hook)) return `${hook} is not allowed`;
    if (!isHook(value)) return `${hook} is invalid`;
  }
  return voice.webhooks?.['answer_url'] ? undefined : 'answer_url is required';
}
