/** TeXML applications: what a number must belong to so that Telnyx asks for each of its calls. */
import type { Routing } from '../api.ts';
import { refused } from '../http.ts';
import { jsonRequest } from '../plain-api.ts';
import { APPLICATION_FIELDS } from './fields.ts';
import { application, type Application } from './resources.ts';
import type { TelnyxRest } from './rest.ts';

/** Of the applications that are made here. */
export const APPLICATION_NAME = 'Ringthrough';
const PAGE_SIZE = 250;
const MOST_PAGES = 40;

export interface Applications {
  /** Undefined when there is none by this id: then it is a connection of another kind. */
  find(id: string): Promise<Application | undefined>;
  /** Sets these settings of one that many numbers may share. */
  set(id: string, fields: Routing): Promise<void>;
  /** The id of one of ours with just these settings, made if there is none yet. */
  findOrMake(wanted: Routing): Promise<string>;
}

/** `profile`: the outbound voice profile of applications that are made; empty for none. */
export function createApplications(rest: TelnyxRest, profile: string): Applications {
  async function find(id: string): Promise<Application | undefined> {
    const data = await rest.ask({ method: 'GET', path: `/v2/texml_applications/${id}` });
    if (data === undefined) return undefined;
    const found = application(data);
    if (found?.id !== id) throw rest.unusable(false);
    return found;
  }

  async function page(number: number): Promise<readonly Application[]> {
    const query = new URLSearchParams({ 'filter[friendly_name]': APPLICATION_NAME, 'page[number]': String(number), 'page[size]': String(PAGE_SIZE) });
    const data = await rest.ask({ method: 'GET', path: `/v2/texml_applications?${query.toString()}` });
    if (!Array.isArray(data)) throw rest.unusable(false);
    return data.map((element: unknown) => {
      const found = application(element);
      if (found === undefined) throw rest.unusable(false);
      return found;
    });
  }

  async function existing(wanted: Routing): Promise<string | undefined> {
    for (let number = 1; number <= MOST_PAGES; number++) {
      const some = await page(number);
      const equal = some.find((one) => one.friendlyName === APPLICATION_NAME && one.profile === profile && APPLICATION_FIELDS.every((field) => one.routing[field] === (wanted[field] ?? '')));
      if (equal !== undefined) return equal.id;
      if (some.length < PAGE_SIZE) break;
    }
    return undefined;
  }

  return {
    find,
    async set(id, fields) {
      const current = await find(id);
      if (current === undefined) throw refused('Telnyx', 'no such TeXML application', 'carrier_number_unknown');
      // Both are required in every PATCH, also when neither changes.
      const body = { friendly_name: current.friendlyName, voice_url: current.routing['voice_url'], ...fields };
      if ((await rest.ask(jsonRequest('PATCH', `/v2/texml_applications/${id}`, body))) === undefined) throw refused('Telnyx', 'no such TeXML application', 'carrier_number_unknown');
    },
    async findOrMake(wanted) {
      const found = await existing(wanted);
      if (found !== undefined) return found;
      const outbound = profile === '' ? {} : { outbound: { outbound_voice_profile_id: profile } };
      const made = application(await rest.ask(jsonRequest('POST', '/v2/texml_applications', { friendly_name: APPLICATION_NAME, ...wanted, ...outbound })));
      if (made === undefined) throw rest.unusable(true);
      return made.id;
    },
  };
}
