/** VoIP.ms' API for the routing of numbers (https://voip.ms/m/apidocs.php, for customers). */
import { Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { unusable } from '../http.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import { allEntries, entryIds, readable } from './entries.ts';
import { didOf, numberOfDid } from './numbers.ts';
import { givenFields, NOWHERE, routingParams } from './requests.ts';
import { CARRIER, createVoipmsRest } from './rest.ts';
import { ROUTING_FIELDS } from './routing.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const DID = /^[0-9]{6,15}$/;

/** What setDIDInfo must be given beside the routings. */
const REQUIRED = ['pop', 'dialtime', 'cnam', 'billing_type'] as const;
/** What it may be given; what it does to those that are left out is not written, so they are sent as they were read. */
const KEPT = ['voicemail', 'callerid_prefix', 'note', 'port_out_pin', 'record_calls', 'transcribe', 'transcription_locale', 'transcription_email', 'transcription_start_delay', 'voicemail_threshold'] as const;

/** Nothing is written in more than one way. */
const UNSET: ReadonlySet<string> = new Set(['', 'none', NOWHERE]);

type Did = Readonly<Record<(typeof ROUTING_FIELDS)[number], string>> & { info: unknown };

function unknownNumber(): Failure {
  return new Failure('carrier_number_unknown', `${CARRIER}: no such number`);
}

function didsIn(answer: unknown): readonly unknown[] {
  if (!Array.isArray(member(answer, 'dids'))) throw unusable(CARRIER, 'gave no list of numbers', false);
  return listAt(answer, 'dids');
}

function didOfInfo(info: unknown): Did {
  const routings = ROUTING_FIELDS.map((field) => {
    const value = member(info, field);
    if (typeof value !== 'string' && value !== null) throw unusable(CARRIER, `did not say the ${field}`, false);
    return [field, value === null || UNSET.has(value) ? '' : value] as const;
  });
  return { ...Object.fromEntries(routings), info } as Did;
}

/** All that setDIDInfo would overwrite, as it is. */
function siblings({ info }: Did): Record<string, string> {
  const missing = REQUIRED.find((field) => (textAt(info, field) ?? '') === '');
  if (missing !== undefined) throw unusable(CARRIER, `did not say the ${missing}, without which nothing can be set`, false);
  return Object.fromEntries([...REQUIRED, ...KEPT].flatMap((field) => {
    const value = textAt(info, field) ?? '';
    return value === '' ? [] : [[field, value]];
  }));
}

export function createVoipmsApi(account: CarrierAccount): CarrierApi {
  const rest = createVoipmsRest(account, account.timeoutMs ?? DEFAULT_TIMEOUT_MS);

  async function find(did: string): Promise<Did | undefined> {
    const answer = await rest.read('getDIDsInfo', { did });
    const info = answer === undefined ? undefined : didsIn(answer).find((one) => textAt(one, 'did') === did);
    return info === undefined ? undefined : didOfInfo(info);
  }

  async function held(ref: string): Promise<Did> {
    const did = DID.test(ref) ? await find(ref) : undefined;
    if (!did) throw unknownNumber();
    return did;
  }

  function readBy(names: ReadonlyMap<string, string>, did: Did): Routing {
    return Object.fromEntries(ROUTING_FIELDS.map((field) => [field, names.get(did[field]) ?? did[field]]));
  }

  const routingOf = async (did: Did): Promise<Routing> => readBy(await readable(rest, ROUTING_FIELDS.map((field) => did[field])), did);

  /** One answer has them all. */
  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const answer = await send(() => rest.read('getDIDsInfo'));
    const infos = answer === undefined ? [] : didsIn(answer);
    const dids = infos.map((info) => ({ ref: textAt(info, 'did') ?? '', did: didOfInfo(info) }));
    if (dids.some(({ ref }) => ref === '')) throw unusable(CARRIER, 'did not say which numbers they are', false);
    const names = await send(() => readable(rest, dids.flatMap(({ did }) => ROUTING_FIELDS.map((field) => did[field]))));
    yield dids.filter(({ ref }) => isE164(numberOfDid(ref))).map(({ ref, did }) => ({ number: numberOfDid(ref), ref, routing: readBy(names, did) }));
  }

  return {
    listNumbers,
    saidLimits: rest.saidLimits,
    async findNumber(e164) {
      const ref = didOf(e164);
      try {
        const did = await find(ref);
        return did && { ref, routing: await routingOf(did) };
      } catch (error) {
        if (error instanceof Failure && error.code === 'carrier_number_unknown') return undefined;
        throw error;
      }
    },
    async readRouting(ref, number) {
      if (number !== undefined && didOf(number) !== ref) throw unknownNumber();
      return routingOf(await held(ref));
    },
    async setRouting(ref, fields) {
      const wanted = ROUTING_FIELDS.flatMap((field) => fields[field] ?? []);
      if (wanted.length === 0) return {};
      const ids = await entryIds(rest, wanted);
      const given = givenFields(fields, (value) => ids.get(value) ?? '');
      const params = routingParams(ref, given);
      if (params) {
        await rest.write('setDIDRouting', params);
      } else {
        const did = await held(ref);
        const now = Object.fromEntries(ROUTING_FIELDS.map((field) => [field, did[field] || NOWHERE]));
        await rest.write('setDIDInfo', { did: ref, ...now, ...siblings(did), ...given });
      }
      return {};
    },
    objects: () => allEntries(rest),
    close: rest.close,
  };
}
