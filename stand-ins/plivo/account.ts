/** What a Plivo account holds, and the rules of changing it (github.com/plivo/plivo-node, lib/resources). */

export interface HeldNumber {
  number: string;
  alias: string | null;
  /** The application's id. */
  app_id: string | null;
}

export interface HeldApplication {
  app_id: string;
  app_name: string;
  answer_url: string;
  answer_method: string;
  fallback_answer_url: string;
  fallback_method: string;
  hangup_url: string;
  hangup_method: string;
}

export interface Account {
  numbers: Map<string, HeldNumber>;
  applications: Map<string, HeldApplication>;
}

export type Fields = Readonly<Record<string, unknown>>;

const ADDRESSES: readonly string[] = ['answer_url', 'fallback_answer_url', 'hangup_url'];
const METHODS: readonly string[] = ['answer_method', 'fallback_method', 'hangup_method'];

export const NEW_APPLICATION: HeldApplication = { app_id: '', app_name: '', answer_url: '', answer_method: 'POST', fallback_answer_url: '', fallback_method: 'POST', hangup_url: '', hangup_method: 'POST' };

/** The application with these fields, or what is wrong with them, by field. */
export function applied(held: HeldApplication, body: Fields, making: boolean): HeldApplication | { faults: Record<string, string> } {
  const faults: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === 'app_name' && making) {
      if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{1,60}$/.test(value)) faults[name] = 'alphanumeric, hyphen and underscore only';
    } else if (ADDRESSES.includes(name)) {
      if (typeof value !== 'string' || (value === '' ? name === 'answer_url' : !URL.canParse(value) || !/^https?:/.test(value))) faults[name] = 'invalid url';
    } else if (METHODS.includes(name)) {
      if (value !== 'GET' && value !== 'POST') faults[name] = 'GET or POST';
    } else faults[name] = 'unknown parameter';
  }
  if (making) for (const name of ['app_name', 'answer_url']) if (!(name in body)) faults[name] = 'required';
  return Object.keys(faults).length > 0 ? { faults } : { ...held, ...(body as Partial<HeldApplication>) };
}

/** What is wrong with it, by field; nothing when it is done. */
export function changeNumber({ applications }: Account, held: HeldNumber, body: Fields): Record<string, string> | undefined {
  const odd = Object.keys(body).find((name) => !['app_id', 'alias', 'subaccount'].includes(name));
  if (odd !== undefined) return { [odd]: 'unknown parameter' };
  const { app_id: id } = body;
  if (id !== null && (typeof id !== 'string' || !applications.has(id))) return { app_id: 'no such application' };
  held.app_id = id;
  return undefined;
}
