/** Two processes on a Redis that fails over, under calls and writes: what was acknowledged must be there afterwards, once, and both must have what Redis has. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { must, newDataDir, putSampleOver, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { callsComeIn, NEVER_SHED, NUMBER, settled } from './gone.ts';
import { createWriteStream, prepareStream } from './stream.ts';

const SECRET_KEY = '5e'.repeat(32);
/** For what another server must first take over, milliseconds. */
export const PATIENCE = { timeout: 30_000 };

export interface Process {
  service: ServiceProcess;
  dataDir: string;
}

export async function startProcess(url: string, environment: Record<string, string> = {}): Promise<Process> {
  const dataDir = await newDataDir();
  const service = await startServiceProcess(dataDir, { REDIS_URL: url, SECRET_KEY, ...NEVER_SHED, ...environment });
  // It answers before that where it finds Redis late.
  await settled(service);
  return { dataDir, service };
}

/** The table as the process left it on disk when it was stopped; rules are written out, for each process counts its own. */
async function tableOf({ dataDir }: Process): Promise<string[]> {
  const lines = (await readFile(join(dataDir, 'snapshot', 'table'), 'utf8')).split('\n').map((line) => line.split('\t'));
  const rules = new Map(lines.flatMap(([kind, id = '', ...text]) => (kind === 'r' ? [[id, text.join(' ')] as const] : [])));
  return lines.flatMap(([kind, first = '', ...rest]) => (kind === 'c' ? [[first, ...rest].join(' ')] : kind === 'n' ? [`${rest.join()} ${rules.get(first)}`] : [])).toSorted();
}

/** The change that is made last of all: whoever has heard of it has heard of all others. */
const LAST = '+442079460999';

async function hearTheLast(processes: readonly Process[]): Promise<void> {
  await must((processes[0] as Process).service.request('PUT', `/v1/numbers/${LAST}`, { customer: 'acme', primary: 'pbx', carrier: 'main' }));
  const because = async ({ service }: Process) => (await must(service.request('GET', `/v1/numbers/${LAST}/steps`)))['because'];
  for (const process of processes) await expect.poll(() => because(process), PATIENCE).not.toMatch(/not one of ours/);
}

/** Stops them; then a process that has just loaded everything from Redis must have the same table as each of them. */
export async function expectAgreement(processes: readonly Process[], url: string): Promise<void> {
  await hearTheLast(processes);
  const fresh = await startProcess(url);
  for (const { service } of [...processes, fresh]) expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  const truth = await tableOf(fresh);
  expect(truth.length).toBeGreaterThan(5);
  for (const process of processes) expect(await tableOf(process)).toEqual(truth);
}

export interface TakeOver {
  /** Takes the primary away; resolves when another is in its place. */
  begin(): Promise<unknown>;
  /** What went comes back, as a replica. */
  end(): Promise<unknown>;
}

export async function survives(url: string, { begin, end }: TakeOver): Promise<void> {
  const [one, two] = [await startProcess(url), await startProcess(url)];
  // It asked the primary itself: one of its two replicas may be without what was acknowledged, and nothing else is amiss.
  // A start that found Redis late asks after it.
  await expect.poll(() => one.service.log.filter(({ msg }) => /acknowledge/.test(String(msg))).map(({ replicas, wanted }) => ({ replicas, wanted })), PATIENCE).toEqual([{ replicas: 2, wanted: 1 }]);
  await putSampleOver(one.service, NUMBER);
  await prepareStream(one.service);
  // It answers from the moment at which it has heard of the number.
  await expect.poll(async () => (await two.service.request('GET', `/v1/numbers/${NUMBER}`)).status, PATIENCE).toBe(200);
  const stream = createWriteStream();
  const calls = callsComeIn(two.service);
  const writing = stream.run(one.service);
  const progress = async (writes: number): Promise<void> => {
    const from = writing.acknowledged;
    await expect.poll(() => writing.over || writing.acknowledged >= from + writes, PATIENCE).toBe(true);
  };
  await Promise.all([calls.more(100), progress(50)]);
  await Promise.all([begin(), calls.more(100)]);
  await Promise.all([calls.more(100), progress(50)]);
  writing.stop();
  await Promise.all([writing.ended, calls.stop()]);
  await end();
  for (const { service } of [one, two]) await settled(service);
  await must(one.service.request('PUT', '/v1/customers/late', { name: 'At last' }));
  await stream.assertAllThere(one.service);
  await stream.importsDone(two.service);
  await calls.assertRecorded(one.service);
  await expectAgreement([one, two], url);
}
