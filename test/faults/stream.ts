/**
 * A stream of writes by several clients at once, each on records of its own, that remembers what was acknowledged: whatever
 * is killed meanwhile, all of it must be there afterwards, and nothing twice. A write that was refused or broke off may or
 * may not have been made.
 */
import { setTimeout as pace } from 'node:timers/promises';
import { expect } from 'vitest';
import { must, PUBLIC_BASE_URL, type Answer, type ServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';

type Target = Pick<ServiceProcess, 'request' | 'post'>;

/** What is known of one record: its last acknowledged value, and those sent after it whose fate is unknown. */
interface Known {
  acknowledged: string | undefined;
  unknown: Set<string>;
}

export interface WriteStream {
  /** Writes until `stop`, or until the service cannot be reached. */
  run(service: Target): { readonly acknowledged: number; readonly over: boolean; stop(): void; ended: Promise<void> };
  /** Everything acknowledged is there; what was taken to be imported may still be on its way. */
  assertAllThere(service: Target): Promise<void>;
  /** All that was taken to be imported comes through, and so does what was refused and taken all the same: then no import is under way. */
  importsDone(service: Target): Promise<void>;
  /** Refusals that were seen: status and code. */
  readonly refusals: ReadonlySet<string>;
}

const PRIMARY = 'busy';
const RECORDS_EACH = 4;
/** After a refusal, milliseconds: what comes back meanwhile needs the machine too. */
const REFUSED_MS = 10;
/** Page size of every list here. */
const PAGE = 1000;

async function all(service: Target, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor = '';
  do {
    const page = (await must(service.request('GET', `${path}?limit=${PAGE}${cursor}`))) as { items: Record<string, unknown>[]; next?: string };
    items.push(...page.items);
    cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  return items;
}

function missing(wanted: ReadonlySet<string>, there: readonly unknown[]): string[] {
  const present = new Set(there);
  return [...wanted].filter((one) => !present.has(one));
}

export async function prepareStream(service: Target): Promise<void> {
  await must(service.request('PUT', `/v1/primaries/${PRIMARY}`, { kind: 'pbx', target: 'sip:{number}@busy.example.net' }));
}

export function createWriteStream(): WriteStream {
  const plans = new Map<string, Known>();
  const numbers = new Map<string, Known>();
  const orders: Known = { acknowledged: undefined, unknown: new Set() };
  const imported = new Set<string>();
  const closedCalls = new Set<string>();
  const refusals = new Set<string>();
  /** Ids of the requests that were acknowledged and changed something. */
  const changes = new Set<string>();
  let count = 0;

  function knownOf(map: Map<string, Known>, id: string): Known {
    const known = map.get(id) ?? { acknowledged: undefined, unknown: new Set() };
    map.set(id, known);
    return known;
  }

  /** True when it was acknowledged. Throws when the service could not be reached. */
  async function attempt(known: Known | undefined, value: string, answer: Promise<Answer>, changed: (body: unknown) => boolean = () => true): Promise<boolean> {
    known?.unknown.add(value);
    const { status, headers, body } = await answer;
    if (status < 300) {
      if (known) {
        known.acknowledged = value;
        known.unknown.clear();
      }
      if (changed(body)) changes.add(headers.get('x-request-id') ?? '');
      return true;
    }
    const { code } = body as { code: string };
    refusals.add(`${status} ${code}`);
    // The only refusal there may be, and it says when to come again.
    expect({ status, code, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, code: 'store_unavailable', retryAfter: expect.stringMatching(/^\d+$/) });
    return false;
  }

  const writers: ((service: Target) => Promise<boolean>)[] = [
    (service) => {
      count += 1;
      const id = `plan-${count % RECORDS_EACH}`;
      const name = `edit ${count}`;
      return attempt(knownOf(plans, id), name, service.request('PUT', `/v1/plans/${id}`, { name, destinations: [{ to: 'voicemail' }] }));
    },
    (service) => {
      count += 1;
      const number = `+44207946${String(1000 + (count % RECORDS_EACH))}`;
      const carrierRef = `PN${count}`;
      return attempt(knownOf(numbers, number), carrierRef, service.request('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef }));
    },
    (service) => {
      count += 1;
      const order = orders.acknowledged?.startsWith('divert') ? 'restore' : 'divert';
      const reason = `${order} ${count}`;
      return attempt(orders, reason, service.request('POST', `/v1/primaries/${PRIMARY}/${order}`, { reason }), (body) => (body as { changed: boolean }).changed);
    },
    async (service) => {
      count += 1;
      const rows = [0, 1, 2].map((row) => `+4420794${String(70_000 + ((count * 3 + row) % 30_000))}`);
      const text = rows.map((number) => JSON.stringify({ number, customer: 'acme', primary: 'pbx', carrier: 'main' })).join('\n');
      const taken = await attempt(undefined, '', service.request('POST', '/v1/imports', text, { 'content-type': 'application/x-ndjson' }), () => false);
      if (taken) for (const number of rows) imported.add(number);
      return taken;
    },
    async (service) => {
      count += 1;
      const sid = callSid(count);
      const params = callParams(sid, '+442079460123', { CallStatus: 'completed', CallDuration: '7' });
      const taken = await attempt(undefined, '', service.post(signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/status', params)), () => false);
      if (taken) closedCalls.add(`main:${sid}`);
      return taken;
    },
  ];

  return {
    refusals,
    run(service) {
      let stopped = false;
      let acknowledged = 0;
      async function write(writer: (service: Target) => Promise<boolean>): Promise<void> {
        while (!stopped) {
          try {
            if (await writer(service)) acknowledged += 1;
            else await pace(REFUSED_MS);
          } catch (error) {
            // Not reachable: fetch says so with a TypeError. Anything else is a finding.
            if (!(error instanceof TypeError)) throw error;
            return;
          }
        }
      }
      let over = false;
      const ended = Promise.all(writers.map(write)).then(() => undefined).finally(() => {
        over = true;
      });
      // Whoever waits for it hears of it.
      ended.catch(() => undefined);
      return {
        get acknowledged() {
          return acknowledged;
        },
        get over() {
          return over;
        },
        stop() {
          stopped = true;
        },
        ended,
      };
    },

    async assertAllThere(service) {
      // What was acknowledged from the local disk is shipped first.
      await expect.poll(async () => (await service.request('GET', '/readyz')).body, { timeout: 20_000 }).toMatchObject({ status: 'ok', spooled: 0 });
      const expectKnown = (known: Known | undefined, actual: unknown): void => {
        if (!known || known.acknowledged === actual) return;
        expect(known.unknown).toContain(actual);
        // Now it is known.
        known.acknowledged = String(actual);
        known.unknown.clear();
      };
      const stored = new Map((await all(service, '/v1/plans')).map(({ id, name }) => [id, name]));
      for (const [id, known] of plans) expectKnown(known, stored.get(id));
      for (const [number, known] of numbers) {
        const { status, body } = await service.request('GET', `/v1/numbers/${number}`);
        expectKnown(known, status === 404 ? undefined : (body as { carrierRef: string }).carrierRef);
      }
      const primary = (await must(service.request('GET', `/v1/primaries/${PRIMARY}`)))['status'] as { override?: { reason: string } };
      expectKnown(orders, primary.override?.reason);

      // An order makes or ends one diversion, so there is never more than one open.
      const diversions = (await all(service, '/v1/diversions')) as { primary: string; ended?: object }[];
      expect(diversions.filter(({ ended }) => !ended)).toHaveLength(orders.acknowledged?.startsWith('divert') ? 1 : 0);

      const requests = (await all(service, '/v1/audit')).map(({ requestId }) => requestId).filter((id) => id !== undefined);
      expect(requests.length).toBe(new Set(requests).size);
      expect(missing(changes, requests)).toEqual([]);

      expect(missing(closedCalls, (await all(service, '/v1/calls')).map(({ id }) => id))).toEqual([]);
    },

    async importsDone(service) {
      const rows = async () => (await all(service, '/v1/numbers')).map(({ number }) => number);
      await expect.poll(async () => missing(imported, await rows()), { timeout: 60_000, interval: 250 }).toEqual([]);
      const underWay = async () => (await all(service, '/v1/imports')).filter(({ state }) => state === 'judging' || state === 'applying' || state === 'removing');
      await expect.poll(underWay, { timeout: 60_000, interval: 250 }).toEqual([]);
    },
  };
}
