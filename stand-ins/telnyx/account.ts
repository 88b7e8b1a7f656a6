/** What a Telnyx account holds, and the rules of changing it (https://developers.telnyx.com/api-reference, openapi/spec3.yml). */

export interface CallForwarding {
  call_forwarding_enabled: boolean;
  forwarding_type: 'always' | 'on-failure' | null;
  forwards_to: string;
}

export interface HeldNumber {
  id: string;
  phone_number: string;
  connection_id: string;
  call_forwarding: CallForwarding;
}

export interface TexmlApplication {
  id: string;
  friendly_name: string;
  voice_url: string;
  voice_fallback_url: string;
  voice_method: 'get' | 'post';
  status_callback: string;
  status_callback_method: 'get' | 'post';
  outbound: { outbound_voice_profile_id: string };
}

export interface Refusal {
  status: number;
  code: string;
  title: string;
  detail: string;
}

export interface Account {
  numbers: Map<string, HeldNumber>;
  applications: Map<string, TexmlApplication>;
  /** Ids of SIP connections. */
  connections: Set<string>;
}

type Fields = Readonly<Record<string, unknown>>;

export const invalid = (detail: string): Refusal => ({ status: 422, code: '10015', title: 'Invalid value', detail });
const missing = (name: string): Refusal => ({ status: 422, code: '10004', title: 'Missing required parameter', detail: `The '${name}' parameter is required` });

export function isRefusal(value: object): value is Refusal {
  return 'code' in value;
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function unknownIn(fields: Fields, known: readonly string[]): Refusal | undefined {
  const name = Object.keys(fields).find((one) => !known.includes(one));
  return name === undefined ? undefined : invalid(`Unknown parameter ${name}`);
}

const forwards = ({ call_forwarding_enabled: enabled, forwards_to: to }: CallForwarding): boolean => enabled && to !== '';
const CANNOT = 'Call forwarding cannot be enabled on numbers that are assigned to voice or fax applications, only SIP Connections';

/** `PATCH /v2/phone_numbers/{id}/voice` */
export function changeVoice(account: Account, held: HeldNumber, body: Fields): Refusal | undefined {
  const unknown = unknownIn(body, ['call_forwarding']);
  if (unknown) return unknown;
  const given = fieldsOf(body['call_forwarding']);
  if (!given) return invalid('call_forwarding must be an object');
  const fault = unknownIn(given, ['call_forwarding_enabled', 'forwarding_type', 'forwards_to']);
  if (fault) return fault;
  // "Default: true", for backwards compatibility: what is left out is turned on.
  const { call_forwarding_enabled: enabled = true, forwarding_type: type = held.call_forwarding.forwarding_type, forwards_to: to = held.call_forwarding.forwards_to } = given;
  if (typeof enabled !== 'boolean') return invalid('call_forwarding_enabled must be a boolean');
  if (type !== 'always' && type !== 'on-failure' && (type !== null || 'forwarding_type' in given)) return invalid('forwarding_type must be one of always, on-failure');
  if (typeof to !== 'string' || !/^(?:\+[1-9][0-9]{6,14})?$/.test(to)) return invalid('forwards_to must be a phone number in +E.164 format');
  if (to === held.phone_number) return invalid('forwards_to must not be the number itself');
  if (to !== '' && type === null) return missing('forwarding_type');
  const next: CallForwarding = { call_forwarding_enabled: enabled, forwarding_type: type, forwards_to: to };
  if (forwards(next) && account.applications.has(held.connection_id)) return invalid(CANNOT);
  held.call_forwarding = next;
  return undefined;
}

/** `PATCH /v2/phone_numbers/{id}` */
export function changeNumber(account: Account, held: HeldNumber, body: Fields): Refusal | undefined {
  const unknown = unknownIn(body, ['connection_id']);
  if (unknown) return unknown;
  const { connection_id: id } = body;
  if (typeof id !== 'string') return missing('connection_id');
  if (id !== '' && !account.applications.has(id) && !account.connections.has(id)) return invalid(`No connection ${id}`);
  if (account.applications.has(id) && forwards(held.call_forwarding)) return invalid(CANNOT);
  held.connection_id = id;
  return undefined;
}

const METHODS: readonly unknown[] = ['get', 'post'];

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value);
}

/** The application as POST makes it and PATCH leaves it: a name and an address are wanted in both. */
export function applied(current: TexmlApplication, body: Fields): TexmlApplication | Refusal {
  const unknown = unknownIn(body, ['friendly_name', 'voice_url', 'voice_fallback_url', 'voice_method', 'status_callback', 'status_callback_method', 'outbound']);
  if (unknown) return unknown;
  if (typeof body['friendly_name'] !== 'string' || body['friendly_name'] === '') return missing('friendly_name');
  if (body['voice_url'] === undefined) return missing('voice_url');
  for (const name of ['voice_url', 'voice_fallback_url', 'status_callback']) {
    const value = body[name];
    if (value !== undefined && !isUrl(value) && (value !== '' || name === 'voice_url')) return invalid(`${name} must be a URL`);
  }
  for (const name of ['voice_method', 'status_callback_method']) if (name in body && !METHODS.includes(body[name])) return invalid(`${name} must be one of get, post`);
  const profile = body['outbound'] === undefined ? current.outbound : fieldsOf(body['outbound']);
  if (typeof profile?.['outbound_voice_profile_id'] !== 'string') return invalid('outbound must have an outbound_voice_profile_id');
  return { ...current, ...(body as Partial<TexmlApplication>), outbound: { outbound_voice_profile_id: profile['outbound_voice_profile_id'] } };
}
