/** The policy file on a real disk: read at start, read again when it changes, the last good one kept, every fault with its line. */
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { openPolicyFile, SHIPPED_POLICY_FILE, shippedPolicy, type PolicyFile } from '../../src/config/policy-file.ts';
import { readPolicy, toldFaults } from '../../src/config/read-policy.ts';
import { thresholdsOf } from '../../src/domain/health-policy.ts';
import { realSystem, type Timers } from '../../src/system/system.ts';
import { createKeptLog } from '../support/kept-log.ts';

const shipped = shippedPolicy();

let dir: string;
let file: string;
let opened: PolicyFile[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-policy-'));
  file = join(dir, 'policy.yaml');
  opened = [];
});
afterEach(async () => {
  for (const one of opened) one.close();
  await rm(dir, { recursive: true, force: true });
});

const limit = (count: number): string => `destinations:\n  warnAboveNumbersBehindOne: ${count}\n`;

function open(named: string = file, timers: Timers = realSystem.timers) {
  const { log, lines } = createKeptLog();
  const reads: string[] = [];
  const policyFile = openPolicyFile({ file: named, dataDir: join(dir, 'data'), log, timers, onRead: (result) => void reads.push(result) });
  opened.push(policyFile);
  return { policyFile, reads, logged: () => lines.join('\n'), limit: () => policyFile.current.destinations.warnAboveNumbersBehindOne };
}

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

describe('what a policy says', () => {
  const faultsOf = (text: string): string[] => {
    const read = readPolicy(text, shipped);
    return 'faults' in read ? toldFaults('policy.yaml', read.faults) : [];
  };

  test('the one that comes with the program says everything, by itself', async () => {
    expect(readPolicy(await readFile(SHIPPED_POLICY_FILE, 'utf8'))).toEqual({ policy: shipped });
  });

  test('what is left out is as it comes with the program; lists and values are replaced whole', () => {
    const read = readPolicy('destinations:\n  sip:\n    allowPrivateHosts: true\n  refusedKinds: [pager]\n', shipped);
    const expected = { ...shipped.destinations, refusedKinds: ['pager'], sip: { ...shipped.destinations.sip, allowPrivateHosts: true } };
    expect(read).toEqual({ policy: { ...shipped, destinations: expected } });
    for (const text of ['', '# nothing\n', 'destinations: {}\n']) expect(readPolicy(text, shipped)).toEqual({ policy: shipped });
    expect(readPolicy(stringify(shipped), shipped)).toEqual({ policy: shipped });
  });

  test('a single primary may have some of it otherwise', () => {
    const read = readPolicy('health:\n  holdDown: {growth: 3}\n  primaries:\n    pbx: {holdDown: {seconds: 60}}\n', shipped);
    if ('faults' in read) throw new Error(toldFaults('policy', read.faults).join());
    expect(thresholdsOf(read.policy.health, 'pbx').holdDown).toEqual({ ...shipped.health.holdDown, growth: 3, seconds: 60 });
    expect(thresholdsOf(read.policy.health, 'other').holdDown).toEqual({ ...shipped.health.holdDown, growth: 3 });
    expect(thresholdsOf(read.policy.health, 'pbx').probation).toEqual(shipped.health.probation);
  });

  test.each([
    ['a value of another type', 'destinations:\n  sip:\n\n    allowPrivateHosts: maybe\n', ['policy.yaml:4: destinations.sip.allowPrivateHosts must be boolean']],
    ['a name that is misspelt', 'destinations:\n  # a comment\n  refusedKind: [pager]\n', ['policy.yaml:3: destinations has no field refusedKind']],
    ['one of a list', 'destinations:\n  refusedPrefixes:\n    - {prefix: "+1900", why: premium}\n    - {prefix: 881, why: satellite}\n', ['policy.yaml:4: destinations.refusedPrefixes.1.prefix must be string']],
    ['a kind that there is not', 'destinations:\n  refusedKinds:\n    - pager\n    - premium\n', [expect.stringMatching(/^policy\.yaml:4: destinations\.refusedKinds\.1 must be equal to one of the allowed values: premium-rate, /)]],
    ['two at once', 'destinations:\n  alarmOnChangesWithinHours: -1\n  loops:\n    followAtMost: 0\n', ['policy.yaml:4: destinations.loops.followAtMost must be >= 1', 'policy.yaml:2: destinations.alarmOnChangesWithinHours must be >= 0']],
    ['no YAML', 'destinations:\n  sip: [\n', [expect.stringMatching(/^policy\.yaml:3: /)]],
    ['a name twice', 'destinations: {}\ndestinations: {}\n', ['policy.yaml:2: Map keys must be unique']],
    ['a section that is none', 'destinations:\n  sip: 5\n', ['policy.yaml:2: destinations.sip must be object']],
    ['something else altogether', '- 1\n', ['policy.yaml:1: the policy must be object']],
    ['a minute of a single group is the least', 'health:\n  evidence:\n    oneGroupForSeconds: 59\n', ['policy.yaml:3: health.evidence.oneGroupForSeconds must be >= 60']],
    ['fields that do not fit each other', 'health:\n  evidence:\n    twoGroupsForSeconds: 90\n  probation:\n    steps:\n      - {share: 0.5, seconds: 60}\n      - {share: 0.5, seconds: 60}\n', ['policy.yaml:2: health.evidence.oneGroupForSeconds must not be shorter than twoGroupsForSeconds', 'policy.yaml:5: health.probation.steps must rise from step to step', 'policy.yaml:5: health.probation.steps must end with a share of 1']],
    ['hours that cannot be read', 'health:\n  blackout:\n    hours: at night\n    timeZone: Europe/Atlantis\n', [expect.stringMatching(/^policy\.yaml:3: health\.blackout\.hours cannot be read: /), 'policy.yaml:4: health.blackout.timeZone is no time zone that is known here']],
    ['what a single primary has otherwise', 'health:\n  primaries:\n    pbx:\n      holdDown: {second: 5}\n      calls:\n        degradedShare: 0.9\n', ['policy.yaml:4: health.primaries.pbx.holdDown has no field second']],
    ['a primary that nobody can have', 'health:\n  primaries:\n    PBX: {}\n', ['policy.yaml:3: health.primaries has no field PBX']],
    ['what of a single primary does not fit', 'health:\n  primaries:\n    pbx:\n      calls:\n        degradedShare: 0.9\n', ['policy.yaml:5: health.primaries.pbx.calls.degradedShare must not be above downShare']],
    ['an alias that would grow without end', 'a: &a [x]\ndestinations: *a\n', [expect.stringMatching(/^policy\.yaml:\d+: /)]],
  ])('%s: its line and what is wrong', (_what, text, faults) => {
    expect(faultsOf(text)).toHaveLength(faults.length);
    expect(faultsOf(text)).toEqual(expect.arrayContaining(faults));
  });
});

describe('the file', () => {
  test('is read again when it is written, and whoever listens is told', async () => {
    await writeFile(file, limit(5));
    const one = open();
    let told = 0;
    one.policyFile.events.on('changed', () => void (told += 1));
    expect(one.limit()).toBe(5);
    await writeFile(file, limit(6));
    await soon(() => expect([one.limit(), told]).toEqual([6, 1]));
    expect(one.reads).toEqual(['taken', 'taken']);
  });

  test('may be replaced as editors and Kubernetes do it', async () => {
    await writeFile(join(dir, 'new'), limit(7));
    await writeFile(file, limit(5));
    const edited = open();
    await rename(join(dir, 'new'), file);
    await soon(() => expect(edited.limit()).toBe(7));

    const mount = join(dir, 'mount');
    for (const [version, count] of [['..1', 1], ['..2', 2]] as const) {
      await mkdir(join(mount, version), { recursive: true });
      await writeFile(join(mount, version, 'policy.yaml'), limit(count));
    }
    await symlink('..1', join(mount, '..data'));
    await symlink('..data/policy.yaml', join(mount, 'policy.yaml'));
    const mounted = open(join(mount, 'policy.yaml'));
    expect(mounted.limit()).toBe(1);
    await symlink('..2', join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
    await soon(() => expect(mounted.limit()).toBe(2));
  });

  test('a bad one leaves the last good one in force and names the line; a good one ends that', async () => {
    await writeFile(file, limit(5));
    const one = open();
    await writeFile(file, `${limit(6)}  sip: {allowPrivateHost: true}\n`);
    await soon(() => expect(one.policyFile.fileIsGood).toBe(false));
    expect(one.limit()).toBe(5);
    expect(one.logged()).toContain(`${file}:3: destinations.sip has no field allowPrivateHost`);
    await rm(file);
    await soon(() => expect(one.logged()).toContain('cannot be read (ENOENT)'));
    expect(one.limit()).toBe(5);
    await writeFile(file, limit(8));
    await soon(() => expect([one.limit(), one.policyFile.fileIsGood]).toEqual([8, true]));
    expect(one.reads).toEqual(['taken', 'refused', 'refused', 'taken']);
  });

  test('however many writes there are, it is read once they have settled', async () => {
    await writeFile(file, limit(1));
    const waiting: (() => void)[] = [];
    const timers: Timers = { ...realSystem.timers, after: (_ms, task) => (waiting.push(task), () => undefined) };
    const one = open(file, timers);
    for (let count = 2; count <= 100; count += 1) await writeFile(file, limit(count));
    await soon(() => expect(waiting).toHaveLength(1));
    expect(one.limit()).toBe(1);
    waiting[0]?.();
    expect([one.limit(), one.reads]).toEqual([100, ['taken', 'taken']]);
  });

  test('bad at the start: the last good one from before, and without one the start is refused', async () => {
    await writeFile(file, 'destinations: 5\n');
    expect(() => open()).toThrow(`${file}:1: destinations must be object`);
    expect(() => open(join(dir, 'nowhere.yaml'))).toThrow('nowhere.yaml:0: cannot be read (ENOENT)');
    await writeFile(file, limit(9));
    open().policyFile.close();
    await writeFile(file, 'destinations: 5\n');
    const one = open();
    expect([one.limit(), one.policyFile.fileIsGood, one.reads]).toEqual([9, false, ['refused']]);
    expect(one.logged()).toContain('starting with the last good one');
    await writeFile(file, limit(10));
    await soon(() => expect(one.limit()).toBe(10));
  });

  test('none named: the one that comes with the program', () => {
    expect(openPolicyFile({ file: undefined, dataDir: dir, log: createKeptLog().log, timers: realSystem.timers }).current).toEqual(parse(stringify(shipped)));
  });
});
