/** TeXML applications: what a number must belong to so that Telnyx asks for each of its calls. */
import type { Routing } from '../api.ts';
import { refused } from '../http.ts';
import { jsonRequest } from '../plain-api.ts';
import { APPLICATION_FIELDS, TO } from './fields.ts';
import { applicationTo, DIVERTED_NAME, makeRequest } from './requests.ts';
import { application, type Application } from './resources.ts';
import type { TelnyxRest } from './rest.ts';

const PAGE_SIZE = 250;
const MOST_PAGES = 40;

export interface Applications {
  /** Undefined when there is none by this id: then it is a connection of another kind. */
  find(id: string): Promise<Application | undefined>;
  /** Sets these settings of one that many numbers may share. */
  set(id: string, fields: Routing): Promise<void>;
  /** Those that were made for diversions and may dial as ours do: the id by what it means. */
  objects(): Promise<ReadonlyMap<string, string>>;
  /** The id of one of this name with just these settings, made if there is none yet. */
  findOrMake(name: string, wanted: Routing): Promise<string>;
}

/** `to:` and the address, of one that was made for a diversion and is as we make it. */
export function meaningOf({ friendlyName, routing }: Application): string | undefined {
  const url = routing['voice_url'] ?? '';
  return friendlyName === DIVERTED_NAME && Object.entries(applicationTo(url)).every(([field, value]) => routing[field] === value) ? TO + url : undefined;
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

  async function page(name: string, number: number): Promise<readonly Application[]> {
    const query = new URLSearchParams({ 'filter[friendly_name]': name, 'page[number]': String(number), 'page[size]': String(PAGE_SIZE) });
    const data = await rest.ask({ method: 'GET', path: `/v2/texml_applications?${query.toString()}` });
    if (!Array.isArray(data)) throw rest.unusable(false);
    return data.map((element: unknown) => {
      const found = application(element);
      if (found === undefined) throw rest.unusable(false);
      return found;
    });
  }

  /** Those of this name that may dial as ours do. */
  async function* named(name: string): AsyncGenerator<readonly Application[]> {
    for (let number = 1; number <= MOST_PAGES; number++) {
      const some = await page(name, number);
      yield some.filter((one) => one.friendlyName === name && one.profile === profile);
      if (some.length < PAGE_SIZE) return;
    }
  }

  async function existing(name: string, wanted: Routing): Promise<string | undefined> {
    for await (const some of named(name)) {
      const equal = some.find((one) => APPLICATION_FIELDS.every((field) => one.routing[field] === (wanted[field] ?? '')));
      if (equal !== undefined) return equal.id;
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
    async objects() {
      const ids = new Map<string, string>();
      for await (const some of named(DIVERTED_NAME)) {
        for (const one of some) {
          const meaning = meaningOf(one);
          if (meaning !== undefined) ids.set(meaning, one.id);
        }
      }
      return ids;
    },
    async findOrMake(name, wanted) {
      const found = await existing(name, wanted);
      if (found !== undefined) return found;
      const made = application(await rest.ask(makeRequest(name, wanted, profile)));
      if (made === undefined) throw rest.unusable(true);
      return made.id;
    },
  };
}
