/** Vonage's applications (https://developer.vonage.com/api/application.v2): what a number must belong to so that Vonage asks for each of its calls. */
import type { Routing } from '../api.ts';
import { refused } from '../http.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import { APPLICATION_FIELDS } from './fields.ts';
import { jsonRequest } from '../plain-api.ts';
import { CARRIER } from './requests.ts';
import type { VonageRest } from './rest.ts';

/** Of the applications that are made here. */
export const APPLICATION_NAME = 'Ringthrough';
const PAGE_SIZE = 100;
const MOST_PAGES = 50;
const TIMEOUT = /_timeout$/;
const ADDRESS = 'address';

export interface Application {
  id: string;
  name: string;
  routing: Routing;
  /** As it was read, for a change replaces the whole. */
  whole: unknown;
}

export interface Applications {
  /** Undefined when there is none by this id. */
  find(id: string): Promise<Application | undefined>;
  /** Sets these settings of one that many numbers may share. */
  set(id: string, fields: Routing): Promise<void>;
  /** The id of one of ours with just these settings, made if there is none yet. */
  findOrMake(wanted: Routing): Promise<string>;
}

function routingOf(found: unknown): Routing {
  const voice = member(found, 'capabilities', 'voice');
  const textOf = (field: string): string => {
    const value = field === 'signed_callbacks' ? member(voice, field) : member(voice, 'webhooks', ...field.split('.'));
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
  return Object.fromEntries(APPLICATION_FIELDS.map((field) => [field, textOf(field)]));
}

function application(found: unknown): Application | undefined {
  const [id, name] = [textAt(found, 'id'), textAt(found, 'name')];
  const capabilities = member(found, 'capabilities');
  return id === undefined || name === undefined || typeof capabilities !== 'object' || capabilities === null ? undefined : { id, name, routing: routingOf(found), whole: found };
}

const copyOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {});

/** The capability with these settings; an address that is emptied goes with all that belongs to it. */
function voiceWith(before: unknown, fields: Routing): Record<string, unknown> {
  const voice = copyOf(before);
  const webhooks = copyOf(voice['webhooks']);
  for (const [field, value] of Object.entries(fields)) {
    const [hook = '', part = ''] = field.split('.');
    const { [part]: _before, ...rest } = copyOf(webhooks[hook]);
    if (part === '') voice[hook] = value === 'true';
    // What is set to nothing is left out: there is no time-out of 0.
    else webhooks[hook] = value === '' && part !== ADDRESS ? rest : { ...rest, [part]: TIMEOUT.test(part) ? Number(value) : value };
  }
  for (const [hook, set] of Object.entries(webhooks)) if ((textAt(set, ADDRESS) ?? '') === '') delete webhooks[hook];
  return { ...voice, webhooks };
}

export function createApplications(rest: VonageRest): Applications {
  async function find(id: string): Promise<Application | undefined> {
    const found = await rest.applications({ method: 'GET', path: `/v2/applications/${id}` });
    if (found === undefined) return undefined;
    const read = application(found);
    if (read?.id !== id) throw rest.unusable(false);
    return read;
  }

  async function existing(wanted: Routing): Promise<string | undefined> {
    for (let page = 1; page <= MOST_PAGES; page++) {
      const found = await rest.applications({ method: 'GET', path: `/v2/applications?page_size=${PAGE_SIZE}&page=${page}` });
      const all = member(found, '_embedded', 'applications');
      if (!Array.isArray(all)) throw rest.unusable(false);
      const some = listAt(found, '_embedded', 'applications').flatMap((one) => application(one) ?? []);
      const equal = some.find(({ name, routing }) => name === APPLICATION_NAME && APPLICATION_FIELDS.every((field) => routing[field] === (wanted[field] ?? '')));
      if (equal !== undefined) return equal.id;
      if (all.length < PAGE_SIZE) break;
    }
    return undefined;
  }

  return {
    find,
    async set(id, fields) {
      const current = await find(id);
      if (current === undefined) throw refused(CARRIER, 'no such application', 'carrier_number_unknown');
      const { id: _id, _links, ...kept } = copyOf(current.whole);
      const capabilities = copyOf(kept['capabilities']);
      const body = { ...kept, capabilities: { ...capabilities, voice: voiceWith(capabilities['voice'], fields) } };
      if ((await rest.applications(jsonRequest('PUT', `/v2/applications/${id}`, body))) === undefined) throw refused(CARRIER, 'no such application', 'carrier_number_unknown');
    },
    async findOrMake(wanted) {
      const found = await existing(wanted);
      if (found !== undefined) return found;
      const set = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''));
      const made = application(await rest.applications(jsonRequest('POST', '/v2/applications', { name: APPLICATION_NAME, capabilities: { voice: voiceWith({}, set) } })));
      if (made === undefined) throw rest.unusable(true);
      return made.id;
    },
  };
}
