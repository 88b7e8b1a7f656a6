/** Names of targets: SRV before addresses, what was known serves on while nobody answers, and what was taken away is forgotten. */
import { expect, test } from 'vitest';
import { createNameLookup, type NameServer } from '../../../src/health/probes/name-lookup.ts';

type Answer = string[] | Error;
const failing = (code: string): Error => Object.assign(new Error(code), { code });
const give = (answer: Answer | undefined): Promise<string[]> => (Array.isArray(answer) ? Promise.resolve(answer) : Promise.reject(answer ?? failing('ENOTFOUND')));

function rig(four: Record<string, Answer>, more: { six?: Record<string, Answer>; hosts?: Record<string, Answer>; srv?: Awaited<ReturnType<NameServer['resolveSrv']>> } = {}) {
  let now = 0;
  const asked: string[] = [];
  const server: NameServer = {
    resolve4: (name) => (asked.push(name), give(four[name])),
    resolve6: (name) => give(more.six?.[name]),
    resolveSrv: (name) => (asked.push(name), more.srv ? Promise.resolve(more.srv) : Promise.reject(failing('ENOTFOUND'))),
    lookup: (name) => give(more.hosts?.[name]),
  };
  const names = createNameLookup({ server, steady: () => now });
  const find = (host: string, port?: number) => names.find({ host, port, over: 'udp' }, { port: 5060, service: '_sip._udp' });
  /** Lets what was looked up beside come in, then time go by. */
  const pass = async (ms: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    now += ms;
  };
  return { find, asked, four, pass };
}

test('an address is itself, SRV records come before addresses by priority and weight, and a given port asks for none', async () => {
  const srv = [{ name: 'c.test', port: 5070, priority: 20, weight: 0 }, { name: 'b.test', port: 5080, priority: 10, weight: 1 }, { name: 'a.test', port: 5090, priority: 10, weight: 5 }];
  const { find, asked } = rig({ 'a.test': ['10.0.0.1'], 'b.test': ['10.0.0.2', '169.254.1.1'], 'pbx.test': ['10.0.0.9'] }, { srv });
  expect(await find('192.0.2.1')).toEqual({ endpoints: [{ address: '192.0.2.1', port: 5060 }] });
  expect(await find('[2a00::1]', 5070)).toEqual({ endpoints: [{ address: '2a00::1', port: 5070 }] });
  expect(await find('pbx.test')).toEqual({ endpoints: [{ address: '10.0.0.1', port: 5090 }, { address: '10.0.0.2', port: 5080 }] });
  expect(await find('pbx.test', 5062)).toEqual({ endpoints: [{ address: '10.0.0.9', port: 5062 }] });
  expect(asked.filter((name) => name.startsWith('_sip'))).toEqual(['_sip._udp.pbx.test']);
});

test('without a record of one kind the other is taken, without any the list of hosts', async () => {
  const { find } = rig({ 'six.test': failing('ENODATA'), 'none.test': failing('ECONNREFUSED'), 'slow.test': failing('ETIMEOUT') }, { six: { 'six.test': ['2a00::6'] }, hosts: { 'pbx': ['10.0.0.3'], 'none.test': ['10.0.0.4'], 'slow.test': ['10.0.0.5'] } });
  expect(await find('six.test')).toEqual({ endpoints: [{ address: '2a00::6', port: 5060 }] });
  expect(await find('pbx')).toEqual({ endpoints: [{ address: '10.0.0.3', port: 5060 }] });
  expect(await find('none.test')).toEqual({ endpoints: [{ address: '10.0.0.4', port: 5060 }] });
  expect(await find('slow.test')).toEqual({ code: 'ETIMEOUT' });
  expect(await find('nowhere.test')).toEqual({ code: 'ENOTFOUND' });
});

test('it is looked up anew beside the probes; while nobody answers the last known serves on, without end', async () => {
  const { find, four, pass, asked } = rig({ 'pbx.test': ['10.0.0.1'] });
  const one = { endpoints: [{ address: '10.0.0.1', port: 5060 }] };
  for (let at = 0; at < 5; at += 1) expect(await find('pbx.test', 5060)).toEqual(one);
  expect(asked).toHaveLength(1);
  four['pbx.test'] = ['10.0.0.2'];
  await pass(30_000);
  expect(await find('pbx.test', 5060)).toEqual(one);
  await pass(0);
  expect(await find('pbx.test', 5060)).toEqual({ endpoints: [{ address: '10.0.0.2', port: 5060 }] });
  four['pbx.test'] = failing('ESERVFAIL');
  for (let at = 0; at < 100; at += 1) {
    await pass(30_000);
    expect(await find('pbx.test', 5060)).toEqual({ endpoints: [{ address: '10.0.0.2', port: 5060 }] });
  }
});

test('a name that is taken away is forgotten after a minute, and is back as soon as it is there again', async () => {
  const { find, four, pass } = rig({ 'pbx.test': ['10.0.0.1'] });
  await find('pbx.test', 5060);
  four['pbx.test'] = failing('ENOTFOUND');
  for (let at = 0; at < 29; at += 1) {
    await pass(2100);
    expect(await find('pbx.test', 5060)).toHaveProperty('endpoints');
  }
  for (let at = 0; at < 20; at += 1) {
    await pass(2100);
    await find('pbx.test', 5060);
  }
  expect(await find('pbx.test', 5060)).toEqual({ code: 'ENOTFOUND' });
  four['pbx.test'] = ['10.0.0.7'];
  await pass(2100);
  await find('pbx.test', 5060);
  expect(await find('pbx.test', 5060)).toEqual({ endpoints: [{ address: '10.0.0.7', port: 5060 }] });
});
