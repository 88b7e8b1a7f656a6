/** An outage played from the command line: for people, for machines, and what is wrong with a file, by its line. No service is asked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blocksOf, read } from '../support/tree.ts';
import { ringthrough } from './terminal.ts';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'rt-simulate-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const OUTAGE = `name: dark
durationSeconds: 400
primaries: [{id: pbx, probes: [{kind: sip-options, everySeconds: 2}]}]
numbers: {count: 200, primary: pbx, divertBy: number}
calls: {perSecond: 2}
world: [{at: 100, primary: pbx, is: down}]
signals: [{at: 101, source: alertmanager, primary: pbx, says: down}]
`;

describe('simulate', () => {
  it('tells the story', async () => {
    const { exit, output, errors } = await ringthrough(['simulate', await file('s.yaml', OUTAGE)]);
    expect([exit, errors]).toEqual([0, '']);
    expect(output).toMatch(/^dark:\nAT +PRIMARY +WHAT +BECAUSE\n1:\d\d +pbx +divert +Down by probes for 5 s \(no answer to 2 tries\); alerts for \d s \(alertmanager says down\)\. Its calls go to the plans\.\n3:\d\d +pbx +widen /);
    expect(output).toMatch(/\npbx +1:\d\d +goes on +200 numbers +pbx\n/);
    expect(output).toMatch(/\nwrites to carriers +200\nfalse diversions +0\n$/);
  });

  it('for machines, as the page says', async () => {
    const { output } = await ringthrough(['simulate', await file('s.yaml', OUTAGE), '--json']);
    const result = JSON.parse(output) as Record<string, unknown>;
    expect(Object.keys(result).toSorted()).toEqual(['brakes', 'calls', 'carrierWrites', 'diversions', 'falseDiversions', 'transitions']);
    expect(result).toMatchObject({ diversions: [{ primary: 'pbx', restoredAt: null, numbersMoved: 200 }], carrierWrites: 200, falseDiversions: 0 });
  });

  it("by one's own policy, on the very same calls", async () => {
    const policy = await file('p.yaml', 'health:\n  atCarriers: {afterSeconds: 5}\n  primaries:\n    pbx: {approval: {mode: manual}}\n');
    const { output } = await ringthrough(['simulate', await file('s.yaml', OUTAGE), '--policy', policy, '--json']);
    expect(JSON.parse(output)).toMatchObject({ diversions: [], brakes: [{ primary: 'pbx', brake: 'approval', action: 'divert' }], carrierWrites: 0 });
  });

  it('the scenario of the page can be played', async () => {
    const [scenario = ''] = blocksOf(read('docs/simulator.md'), 'yaml');
    expect((await ringthrough(['simulate', await file('page.yaml', scenario), '--json'])).exit).toBe(0);
  });

  it.each<[string, string, string]>([
    ['a field that is misspelt', OUTAGE.replace('everySeconds', 'every'), ':3: primaries.0.probes.0 has no field every'],
    ['a primary that is not there', OUTAGE.replace('primary: pbx, divertBy', 'primary: bpx, divertBy'), ':4: numbers.primary: there is no primary bpx'],
    ['an observer that is not there', OUTAGE.replace('world: [', 'world: [{at: 1, observer: 1, is: paused}, '), ':6: world.0: there is no observer 1: they are numbered from 0'],
    ['a primary that is cut off', OUTAGE.replace('is: down}]\nsignals', 'is: cut-off}]\nsignals'), ':6: world.0: a primary is not cut-off: an observer is'],
    ['no YAML', 'name: [', ':1: '],
  ])('tells the line: %s', async (_name, content, expected) => {
    const { exit, errors } = await ringthrough(['simulate', await file('s.yaml', content)]);
    expect(exit).toBe(2);
    expect(errors).toContain(`s.yaml${expected}`);
  });

  it('a policy that cannot be used, and a file that is not there', async () => {
    const scenario = await file('s.yaml', OUTAGE);
    const policy = await file('p.yaml', 'health:\n  evidence:\n    oneGroupForSeconds: 30\n');
    const broken = await ringthrough(['simulate', scenario, '--policy', policy]);
    expect([broken.exit, broken.errors]).toEqual([2, expect.stringContaining('p.yaml:3: health.evidence.oneGroupForSeconds must be >= 60')]);
    const missing = await ringthrough(['simulate', join(folder, 'none.yaml')]);
    expect([missing.exit, missing.errors]).toEqual([2, expect.stringContaining('none.yaml: there is no such file')]);
  });
});
