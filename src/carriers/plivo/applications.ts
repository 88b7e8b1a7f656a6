/** Plivo's applications (https://www.plivo.com/docs/account/api/application): what a number must belong to so that Plivo asks for each of its calls. */
import type { Routing } from '../api.ts';
import { refused } from '../http.ts';
import { member, textAt } from '../../domain/json.ts';
import { APPLICATION_FIELDS } from './fields.ts';
import { accountPath, applicationPath, applicationRequest, CARRIER, makeRequest } from './requests.ts';
import type { PlivoRest } from './rest.ts';

/** The most of a page. */
const PAGE_SIZE = 20;
const MOST_PAGES = 100;

export interface Application {
  id: string;
  name: string;
  routing: Routing;
}

export interface Applications {
  /** All there are. */
  pages(): AsyncIterable<readonly Application[]>;
  /** Undefined when there is none by this id. */
  find(id: string): Promise<Application | undefined>;
  /** Sets these settings of one that many numbers may share. */
  set(id: string, fields: Routing): Promise<void>;
  /** The id of one of this name with just these settings, made if there is none yet. */
  findOrMake(name: string, wanted: Routing): Promise<string>;
}

function application(found: unknown): Application | undefined {
  const [id, name] = [textAt(found, 'app_id'), textAt(found, 'app_name')];
  return id === undefined || name === undefined ? undefined : { id, name, routing: Object.fromEntries(APPLICATION_FIELDS.map((field) => [field, textAt(found, field) ?? ''])) };
}

export function createApplications(rest: PlivoRest, authId: string): Applications {
  const at = (path: string): string => `${accountPath(authId)}/Application/${path}`;

  async function* pages(): AsyncGenerator<Application[]> {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const objects = member(await rest.ask({ method: 'GET', path: at(`?limit=${PAGE_SIZE}&offset=${page * PAGE_SIZE}`) }), 'objects');
      if (!Array.isArray(objects)) throw rest.unusable(false);
      yield objects.flatMap((one: unknown) => application(one) ?? []);
      if (objects.length < PAGE_SIZE) return;
    }
  }

  async function existing(name: string, wanted: Routing): Promise<string | undefined> {
    for await (const some of pages()) {
      const equal = some.find((one) => one.name === name && Object.entries(wanted).every(([field, value]) => one.routing[field] === value));
      if (equal !== undefined) return equal.id;
    }
    return undefined;
  }

  return {
    pages,
    async find(id) {
      const answer = await rest.ask({ method: 'GET', path: applicationPath(authId, id) });
      if (answer === undefined) return undefined;
      const found = application(answer);
      if (found?.id !== id) throw rest.unusable(false);
      return found;
    },
    async set(id, fields) {
      if ((await rest.ask(applicationRequest(authId, id, fields))) === undefined) throw refused(CARRIER, 'no such application', 'carrier_number_unknown');
    },
    async findOrMake(name, wanted) {
      const found = await existing(name, wanted);
      if (found !== undefined) return found;
      const made = textAt(await rest.ask(makeRequest(authId, name, wanted)), 'app_id');
      if (made === undefined) throw rest.unusable(true);
      return made;
    },
  };
}
