/** Imports go one way, by the table here; none goes round; and clock, dice, network and environment are where they belong. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { filesOf, read, ROOT, withoutComments } from '../support/tree.ts';

const PRODUCT = ['src', 'rules', 'workers'];
const TREES = [...PRODUCT, 'stand-ins', 'demo', 'test'];

/** What each part may import besides itself. Nothing may import a part that is not in its row. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  rules: ['src/domain'],
  'src/system': [],
  'src/operations': ['src/domain'],
  // What no schema can tell of a policy is a rule, too.
  'src/config': ['src/domain', 'rules', 'src/system'],
  'src/simulate': ['src/domain', 'rules', 'src/config'],
  'src/store': ['src/domain', 'src/system'],
  'src/spool': ['src/domain', 'src/system', 'src/store'],
  'src/sip': [],
  'src/carriers': ['src/domain', 'src/system', 'src/config'],
  'src/posting': ['src/domain', 'rules', 'src/system'],
  'src/calls': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/spool', 'src/carriers'],
  'src/policy': ['src/domain', 'rules', 'src/store', 'src/carriers', 'src/calls'],
  'src/diversion': ['src/domain', 'rules', 'src/system', 'src/store', 'src/spool', 'src/carriers', 'src/calls'],
  'src/health': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/spool', 'src/sip', 'src/calls', 'src/policy', 'src/diversion'],
  'src/readiness': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/store', 'src/carriers', 'src/calls', 'src/diversion'],
  'src/report': ['src/domain', 'rules', 'src/store', 'src/carriers', 'src/calls', 'src/diversion'],
  'src/drills': ['src/domain', 'rules', 'src/system', 'src/store', 'src/carriers', 'src/calls', 'src/diversion', 'src/simulate'],
  'src/gobag': ['src/domain', 'rules', 'src/system', 'src/store', 'src/carriers', 'src/calls', 'src/diversion'],
  'src/telling': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/store', 'src/carriers', 'src/calls', 'src/posting'],
  'src/backlog': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/store', 'src/spool', 'src/calls', 'src/posting'],
  'src/imports': ['src/domain', 'rules', 'src/system', 'src/store', 'src/policy'],
  'src/access': ['src/domain', 'src/system', 'src/store', 'src/calls'],
  'src/http': ['src/domain', 'rules', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/spool', 'src/carriers', 'src/calls', 'src/posting', 'src/backlog', 'src/policy', 'src/health', 'src/diversion', 'src/report', 'src/gobag', 'src/readiness', 'src/drills', 'src/telling', 'src/imports', 'src/access'],
  // A client of the API like any other: it knows the words and the settings, and nothing of the service. What it simulates it plays by itself.
  'src/cli': ['src/domain', 'src/system', 'src/config', 'src/simulate'],
  workers: ['src/domain', 'rules', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/carriers', 'src/calls', 'src/posting', 'src/backlog', 'src/policy', 'src/diversion', 'src/gobag', 'src/drills', 'src/telling', 'src/imports'],
  'src/compose.ts': ['src/domain', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/spool', 'src/carriers', 'src/calls', 'src/posting', 'src/backlog', 'src/policy', 'src/health', 'src/diversion', 'src/gobag', 'src/readiness', 'src/drills', 'src/telling', 'src/imports', 'src/access', 'src/http', 'workers'],
  'src/server.ts': ['src/domain', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/compose.ts'],
  'stand-ins': [],
  demo: ['stand-ins'],
  test: ['src/domain', 'rules', 'src/system', 'src/operations', 'src/config', 'src/store', 'src/spool', 'src/sip', 'src/carriers', 'src/calls', 'src/posting', 'src/backlog', 'src/policy', 'src/health', 'src/diversion', 'src/report', 'src/gobag', 'src/readiness', 'src/drills', 'src/telling', 'src/imports', 'src/access', 'src/http', 'src/simulate', 'src/cli', 'workers', 'src/compose.ts', 'stand-ins', 'demo', 'vitest.config.ts'],
};

/** Packages that the pure parts may use, and the one file where it is so when it is one. */
const PURE_MAY_USE: readonly { part: string; package: string; only?: string }[] = [
  { part: 'src/domain', package: 'typebox' },
  { part: 'src/domain', package: 'libphonenumber-js', only: 'src/domain/phone-number.ts' },
];

function partOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? `${top}/${second}` : top;
}

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

interface Edge {
  from: string;
  to: string;
}

const files = TREES.flatMap((folder) => filesOf(folder));
const imports: Edge[] = files.flatMap((from) => [...read(from).matchAll(IMPORT)].map(([, one, two, three]) => ({ from, to: one ?? two ?? three ?? '' })));
const inside: Edge[] = imports.filter(({ to }) => to.startsWith('.')).map(({ from, to }) => ({ from, to: join(dirname(from), to) }));
const said = ({ from, to }: Edge): string => `${from} → ${to}`;

describe('imports', () => {
  test('are found, and lead to files that are there', () => {
    expect(inside.length).toBeGreaterThan(files.length);
    expect(inside.filter(({ to }) => !existsSync(join(ROOT, to))).map(said)).toEqual([]);
  });

  test('go from each part only to those in its row', () => {
    const across = inside.filter(({ from, to }) => partOf(from) !== partOf(to));
    expect(across.filter(({ from, to }) => !MAY_IMPORT[partOf(from)]?.includes(partOf(to))).map(said)).toEqual([]);
  });

  test('every part has a row, and rows go one way', () => {
    expect([...new Set(files.map(partOf))].filter((part) => !(part in MAY_IMPORT))).toEqual([]);
    const down = (part: string): string[] => (MAY_IMPORT[part] ?? []).flatMap((next) => [next, ...down(next)]);
    expect(Object.keys(MAY_IMPORT).filter((part) => down(part).includes(part))).toEqual([]);
  });

  test('none goes round', () => {
    const next = new Map(files.map((file) => [file, inside.filter(({ from }) => from === file)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '));
      if (done.has(file) || way.includes(file)) return;
      for (const { to } of next.get(file) ?? []) visit(to, [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('the pure parts use no package but those allowed, and no part of Node', () => {
    const outside = imports.filter(({ from, to }) => !to.startsWith('.') && ['src/domain', 'rules'].includes(partOf(from)));
    const allowed = ({ from, to }: Edge): boolean => PURE_MAY_USE.some((rule) => rule.part === partOf(from) && to.split('/')[0] === rule.package && (rule.only === undefined || rule.only === from));
    expect(outside.filter((edge) => !allowed(edge)).map(said)).toEqual([]);
  });

  test("only a carrier's own folder and the registry know the carrier", () => {
    const carrier = (path: string): string | undefined => /^src\/carriers\/([^/]+)\//.exec(path)?.[1];
    const knowing = inside.filter(({ from, to }) => PRODUCT.includes(from.split('/')[0] ?? '') && carrier(to) !== undefined && carrier(from) !== carrier(to));
    expect([...new Set(knowing.map(({ from }) => from))]).toEqual(['src/carriers/kinds.ts']);
  });
});

/** What a decision must be handed, never fetch itself. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  clock: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b/,
  dice: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/,
  timers: /\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b|'node:timers/,
  network: /(?<![.\w])fetch\(|\blisten\(|\.bind\(\d/,
  environment: /\bprocess\.env\b/,
  console: /\bconsole\./,
};

/** Where it is allowed all the same, and why. */
const ALLOWED: readonly { file: string; what: keyof typeof FORBIDDEN; because: string }[] = [
  { file: 'src/system/system.ts', what: 'clock', because: 'it is what is handed to all others' },
  { file: 'src/system/system.ts', what: 'dice', because: 'it is what is handed to all others' },
  { file: 'src/system/system.ts', what: 'timers', because: 'it is what is handed to all others' },
  { file: 'src/config/settings.ts', what: 'environment', because: 'the only file that knows the environment' },
  { file: 'src/server.ts', what: 'network', because: 'the only place where the service listens' },
  { file: 'src/store/redis-endpoint.ts', what: 'network', because: 'finds a free port for the own redis-server where unix sockets will not do' },
  { file: 'src/carriers/http.ts', what: 'timers', because: 'a limit for one request to a carrier; nothing is decided by it' },
  { file: 'src/carriers/twilio/http-client.ts', what: 'timers', because: 'a limit for one request to the carrier; nothing is decided by it' },
  { file: 'src/store/hash-reader.ts', what: 'timers', because: 'a limit for a connection that is silent; nothing is decided by it' },
  { file: 'src/telling/http-post.ts', what: 'timers', because: 'a limit for one post to a receiver; nothing is decided by it' },
  { file: 'src/operations/log.ts', what: 'timers', because: 'waits for the end of the turn of the event loop; no time in it' },
  { file: 'src/spool/writer.ts', what: 'timers', because: 'waits for the end of the tick, not for a time' },
  { file: 'src/backlog/own-delay.ts', what: 'timers', because: 'notices the end of a turn of the event loop; no time in it' },
  { file: 'src/diversion/group-look.ts', what: 'timers', because: 'gives way to calls between numbers; no time in it' },
  { file: 'src/imports/judge-rows.ts', what: 'timers', because: 'gives way to calls between rows; no time in it' },
];

describe('clock, dice, timers, network, environment and console', () => {
  const used = PRODUCT.flatMap((folder) => filesOf(folder)).flatMap((file) => {
    const program = withoutComments(read(file));
    return Object.entries(FORBIDDEN).filter(([, expression]) => expression.test(program)).map(([what]) => `${file}: ${what}`);
  });
  const allowed = ALLOWED.map(({ file, what }) => `${file}: ${what}`);

  test('are used nowhere in the product but where the table says why', () => {
    expect(used.filter((one) => !allowed.includes(one))).toEqual([]);
  });

  test('no exception is kept that is not needed any more', () => {
    expect(allowed.filter((one) => !used.includes(one))).toEqual([]);
  });
});
