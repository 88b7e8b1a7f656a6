/** Each Lua script's header is its contract: the keys and arguments that it names are those that it uses and that its caller gives. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAlertLedger } from '../../src/store/alert-ledger.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createDraft } from '../../src/store/draft.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createBudgetExchange } from '../../src/store/shared-budget.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { createTellingStore } from '../../src/store/telling-store.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import { scriptSource } from '../../src/store/script.ts';
import { createStore } from '../../src/store/store.ts';
import { UNKNOWN_ROUTE } from '../../src/domain/route.ts';
import { filesOf, read } from '../support/tree.ts';

const FOLDER = 'src/store/commands';
const [libraries = [], scripts = []] = [true, false].map((isLibrary) => filesOf(FOLDER, '.lua').map((path) => path.slice(FOLDER.length + 1, -'.lua'.length)).filter((name) => name.startsWith('lib/') === isLibrary));

interface Run {
  keys: string[];
  args: string[];
}

/** A connection that runs nothing: it notes with which keys and arguments each script is called. */
function createListener(): { redis: Redis; runs: Map<string, Run[]> } {
  const names = new Map(scripts.map((name) => [createHash('sha1').update(scriptSource(name)).digest('hex'), name]));
  const runs = new Map<string, Run[]>();
  const evalsha = (sha: string, count: number, ...rest: (string | number)[]): Promise<unknown> => {
    const name = names.get(sha) ?? 'unknown';
    const texts = rest.map(String);
    runs.set(name, [...(runs.get(name) ?? []), { keys: texts.slice(0, count), args: texts.slice(count) }]);
    return Promise.resolve([1]);
  };
  return { redis: { evalsha, call: async () => [], hscan: async (key: string) => ['0', key.endsWith(':states') ? ['x\0k', '0 1-0 1'] : []], xrange: async (_key: string, after: string) => (after === '(0' ? [['1-0', ['n', '["n1","x","k","1",""]\n{}']]] : []), status: 'ready' } as unknown as Redis, runs };
}

/** Every caller, with as little and as much as it can be given. */
async function callAll(redis: Redis): Promise<void> {
  const store = createStore(redis, { auditKept: 1000 });
  await store.commit(createDraft());
  const draft = createDraft();
  draft.put('plans', 'desk', { customer: 'acme', destinations: [{ to: 'voicemail' }] }, undefined);
  draft.remove('customers', 'gone', { name: 'Gone' });
  draft.expectUnused('plans', 'other');
  draft.push('list', 'value', 10);
  draft.owe({ call: 'main:CA1', is: 'missed', at: 1 });
  draft.audit({ at: 0, by: { key: 'x', role: 'admin' }, action: 'test', changes: [] });
  await store.commit(draft);
  const calls = createCallStore(redis);
  const claim = { carrier: 'main', ref: 'CA1', at: 1 };
  await calls.record([claim, { ...claim, ended: { status: 'completed', seconds: 3 }, outcome: { is: 'answered', rank: 90, by: 'primary' } }]);
  await calls.forget({ before: 1, keep: 2, batch: 3 });
  const routes = createRouteStore(redis);
  await routes.save({ carrier: 'main', unit: '+442079460123' }, 0, { ...UNKNOWN_ROUTE, diversion: 'd1' });
  await routes.save({ carrier: 'main', unit: '+442079460123' }, 1, undefined);
  const due = createDueRoutes(redis);
  await due.ask('main', [{ unit: '+442079460123', rank: 'critical' }], 1);
  await due.settle('main', { unit: '+442079460123', rank: 'critical', score: '1' }, { rank: 'sweep', at: 2 });
  await due.settle('main', { unit: '+442079460123', rank: 'critical', score: '1' }, undefined);
  const ledger = createAlertLedger(redis);
  await ledger.note('prom', { now: 1, alerts: [], counts: {}, unmatched: [] });
  await ledger.note('prom', { now: 1, alerts: [{ alert: 'a', at: 1, expiresAt: 2, text: '{}' }], counts: { alerts: 1 }, unmatched: ['{}'] });
  const share = createBudgetExchange(redis, { keptMs: 1, firstLimit: 1, reserve: 0.1 });
  const news = { process: 'p', now: 1, keptUntil: 2, inFlight: 0, version: 0, seen: { well: 1 } };
  await share('pbx', { ...news, needs: undefined });
  await share('pbx', { ...news, needs: [1, 0, 0, 0], next: { limit: 2, budget: '{}' } });
  const telling = createTellingStore(redis);
  await telling.announce('audit', undefined, '1-0', []);
  await telling.announce('audit', '1-0', '2-0', [{ id: '2-0', kind: 'started', severity: 'critical', subject: 'primaries/pbx', primaries: ['pbx'], at: 1, sentence: 'Down.', facts: {} }]);
  await telling.compose('ops', undefined, '{}');
  await telling.compose('ops', '{}', undefined, { id: 'msg_abcdefgh', receiver: 'ops', at: 1, announcements: [], isRepeat: false });
  const backlogs = createBacklogStore(redis);
  await backlogs.accept([{ subscriber: 'crm', worth: 'low', notification: { id: 'n1', kind: 'call.missed', key: 'k', class: 'history', at: 1, data: '{}' }, most: { count: 1, bytes: 1 } }], 1, 0);
  await backlogs.feed(['1-0'], [], 1, 0);
  await backlogs.due(1, 1, 1);
  await backlogs.wake(['crm'], 1, 1);
  await backlogs.take('crm', 'me', 1, { class: 'state', after: '0', limit: 1, seen: true, counted: true });
  await backlogs.take('crm', 'me', 1, { class: 'state', after: '0', limit: 1, seen: false, counted: false });
  await backlogs.sweep('crm', 1, { class: 'state', after: '0', limit: 1 });
  await backlogs.forget('crm', 1, '0');
  await backlogs.settle('crm', 'me', 1, [], []);
  await backlogs.settle('crm', 'me', 1, [], [], 5);
  await backlogs.rest('crm', 'me', 1, undefined);
  await backlogs.rest('crm', 'me', 1, 2, true);
  await backlogs.redrive('crm', {}, 'low', 1);
  await backlogs.remove('crm');
  await backlogs.totals();
}

let runs: Map<string, Run[]>;
beforeAll(async () => {
  const listener = createListener();
  await callAll(listener.redis);
  runs = listener.runs;
});

test('every script is called by somebody, under the name of its file', () => {
  expect([...runs.keys()].toSorted()).toEqual(scripts);
  const loaded = filesOf('src').flatMap((path) => [...read(path).matchAll(/loadScript<.*>\('([^']+)'\)/g)].map(([, name]) => name ?? ''));
  expect(loaded.toSorted()).toEqual(scripts);
});

/** `[1]` and `[2]`, and whether a last `[3..]` says that there may be more. */
function named(header: string, kind: 'KEYS' | 'ARGV'): { fixed: number[]; open: boolean } {
  const found = [...header.matchAll(new RegExp(`^${kind}\\[(\\d+)(\\.\\.)?\\]\\s+\\S`, 'gm'))];
  return { fixed: found.filter(([, , more]) => more === undefined).map(([, at]) => Number(at)), open: found.some(([, , more]) => more !== undefined) };
}

test('every library is named by a script, and every script has the one that it names', () => {
  const named = scripts.flatMap((name) => /^library: (\S+)$/m.exec(read(`${FOLDER}/${name}.lua`))?.[1] ?? []);
  expect(new Set(named.map((name) => `lib/${name}`))).toEqual(new Set(libraries));
});

const count = (length: number): number[] => Array.from({ length }, (_, at) => at + 1);

describe.each(scripts)('%s', (name) => {
  const source = read(`${FOLDER}/${name}.lua`);
  const [, header = '', body = ''] = /^--\[\[\n([\s\S]*?)\n--\]\]\n([\s\S]*)$/.exec(source) ?? [];
  const keys = named(header, 'KEYS');
  const args = named(header, 'ARGV');

  test('begins with its name and what it does, and says what it returns', () => {
    expect(header).toMatch(new RegExp(`^${name.replace(/-\d+$/, '')}: \\S.{20,}`));
    expect(header).toMatch(/^Returns\s+\S/m);
    expect(body).toMatch(/^return /m);
  });

  test('has as many fixed keys as its name says, each named in its header, and uses each', () => {
    expect(keys.fixed).toEqual(count(Number(/-(\d+)$/.exec(name)?.[1])));
    for (const at of keys.fixed) expect(body).toContain(`KEYS[${at}]`);
    for (const [, at] of body.matchAll(/KEYS\[(\d+)\]/g)) expect(keys.fixed).toContain(Number(at));
  });

  test('names each argument in its header, and uses each', () => {
    expect(args.fixed).toEqual(count(args.fixed.length));
    for (const at of args.fixed) expect(body).toContain(`ARGV[${at}]`);
    for (const [, at] of body.matchAll(/ARGV\[(\d+)\]/g)) expect(args.fixed).toContain(Number(at));
    if (!args.open) expect(body).not.toMatch(/#ARGV|ARGV\[[a-z]/);
  });

  test('gets from its caller what its header names', () => {
    for (const run of runs.get(name) ?? []) {
      expect(run.keys.length).toBeGreaterThanOrEqual(keys.fixed.length);
      if (!keys.open) expect(run.keys).toHaveLength(keys.fixed.length);
      expect(run.args.length).toBeGreaterThanOrEqual(args.fixed.length);
      if (!args.open) expect(run.args).toHaveLength(args.fixed.length);
      for (const key of run.keys.slice(0, keys.fixed.length)) expect(key).toMatch(/^\{ringthrough\}:/);
    }
  });

  test('asks no clock and rolls no dice: time comes as an argument', () => {
    expect(body).not.toMatch(/'TIME'|math\.random|os\./i);
  });
});

test('the operations of a commit are those that its header describes, and the draft gives no other', () => {
  const source = read(`${FOLDER}/commit-7.lua`);
  const header = source.slice(0, source.indexOf('--]]'));
  const described = [...header.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name]) => name ?? '');
  const done = [...source.matchAll(/name == '([a-z]+)'/g)].map(([, name]) => name);
  expect(new Set(described)).toEqual(new Set(done));
  for (const { args } of runs.get('commit-7') ?? []) {
    expect((args.length - 3) % 5).toBe(0);
    for (let at = 3; at < args.length; at += 5) expect(described).toContain(args[at]);
  }
});
