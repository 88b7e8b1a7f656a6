/** Imports that are looked at before they are applied, and reverted, over the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'rt-cli-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const good = (last: number, plan = ''): string => `+4420794602${String(last).padStart(2, '0')},acme,pbx,main,${plan}`;
const isThere = async (number: string) => (await rig.service.request('GET', `/v1/numbers/${number}`)).status === 200;

async function file(...rows: string[]): Promise<string> {
  const path = join(folder, 'numbers.csv');
  await writeFile(path, ['number,customer,primary,carrier,plan', ...rows, ''].join('\n'));
  return path;
}

const idIn = (output: string): string => /imports apply (\S+)/.exec(output)?.[1] ?? '';

describe('import --dry-run', () => {
  it('shows what would change, and changes nothing', async () => {
    const { exit, output } = await cli(['import', await file(good(1), `${NUMBER},acme,pbx,main,`, '+1,acme,pbx,main,'), '--dry-run']);
    expect(exit).toBe(4);
    expect(output).toMatch(/^Import \S+ was a dry run; it would have come to:\n {2}rows {7}3\n {2}created {4}1\n {2}changed {4}1\n/);
    expect(output).toContain(`Would be created:\n  +442079460201  customer=acme primary=pbx carrier=main\n\nWould be changed:\n  ${NUMBER}  plan: desk → -\n`);
    expect(output).toContain('Would be rejected:\n  line 4: number_invalid');
    expect(await isThere('+442079460201')).toBe(false);
  });
});

describe('import --confirm', () => {
  it('waits, says how to go on, and is applied', async () => {
    const { exit, output } = await cli(['import', await file(good(1)), '--confirm']);
    expect([exit, output]).toEqual([0, expect.stringMatching(/^Import \S+ waits until [\d: -]+; it would come to:/)]);
    expect(await isThere('+442079460201')).toBe(false);
    const applied = await cli(['imports', 'apply', idIn(output)]);
    expect([applied.exit, applied.output]).toEqual([0, expect.stringMatching(/^Import \S+ is done:\n {2}rows {7}1\n {2}created {4}1\n/)]);
    expect(await isThere('+442079460201')).toBe(true);
  });

  it('is dropped', async () => {
    const id = idIn((await cli(['import', await file(good(1)), '--confirm'])).output);
    expect((await cli(['imports', 'cancel', id])).output).toBe(`Import ${id} is cancelled: nothing of it was taken.\n`);
    expect(await cli(['imports', 'apply', id])).toMatchObject({ exit: 1, errors: expect.stringMatching(/^error \(import_state\)/) });
    expect((await cli(['imports', id])).output).toContain(`Import ${id} is cancelled:`);
  });

  it('with --yes is applied at once', async () => {
    expect(await json(['import', await file(good(1)), '--confirm', '--yes'])).toMatchObject({ state: 'done', created: 1, judged: { created: 1 } });
    expect(await cli(['import', await file(good(1)), '--yes'])).toMatchObject({ exit: 2 });
  });
});

describe('import --complete', () => {
  it('removes what is not in the file, when so many may be', async () => {
    await cli(['import', await file(good(1), good(2)), '--wait']);
    const path = await file(`${NUMBER},acme,pbx,main,desk`, good(1));
    const refused = await cli(['import', path, '--complete', '--wait']);
    expect([refused.exit, refused.output]).toEqual([1, expect.stringContaining('1 number not removed: that is more than a fifth of the 3 of acme.')]);
    const asked = await cli(['import', path, '--complete', '--confirm']);
    expect(asked.output).toContain('Would be removed:\n  +442079460202  customer=acme');
    expect(asked.output).toMatch(/Apply it: ringthrough imports apply \S+ --allow-removing 1\n/);
    expect(await isThere('+442079460202')).toBe(true);
    const { exit, output } = await cli(['imports', 'apply', idIn(asked.output), '--allow-removing', '1']);
    expect([exit, output]).toEqual([0, expect.stringMatching(/\n {2}removed {4}1\n/)]);
    expect(await isThere('+442079460202')).toBe(false);
  });
});

describe('imports', () => {
  it('lists them, the newest first', async () => {
    expect((await cli(['imports'])).output).toBe('No imports.\n');
    await cli(['import', await file(good(1)), '--wait']);
    await cli(['import', await file(good(1), good(2)), '--dry-run']);
    const lines = (await cli(['imports'])).output.trim().split('\n');
    expect(lines[0]).toMatch(/^IMPORT +STARTED +KIND +STATE +ROWS +CREATED +CHANGED +REMOVED +REJECTED$/);
    expect(lines.slice(1).map((line) => line.replace(/^\S+ {2}\S+ \S+ +/, '').split(/ {2,}/))).toEqual([['dry run', 'done', '2/2', '1', '0', '0', '0'], ['import', 'done', '1/1', '1', '0', '0', '0']]);
    expect((await cli(['imports', 'show', '--limit', '1'])).output.trim().split('\n')).toHaveLength(2);
  });

  it('revert puts it all back but what was changed since', async () => {
    const { id } = (await json(['import', await file(good(1), good(2), `${NUMBER},acme,pbx,main,`), '--wait'])) as { id: string };
    await rig.service.ask('PUT', '/v1/numbers/+442079460202', { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    const { exit, output } = await cli(['imports', 'revert', id]);
    expect([exit, output]).toEqual([4, expect.stringMatching(/^Revert \S+ is done:\n {2}changes {4}3\n {2}created {4}0\n {2}changed {4}1\n {2}unchanged {2}0\n {2}removed {4}1\n {2}rejected {3}1\n\nLeft alone:\n {2}\+442079460202: import_conflict: /)]);
    expect([await isThere('+442079460201'), await isThere('+442079460202')]).toEqual([false, true]);
    expect(await rig.service.ask('GET', `/v1/numbers/${NUMBER}`)).toMatchObject({ plan: 'desk' });
  });
});
