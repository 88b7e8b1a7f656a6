/** `ringthrough simulate`: plays an outage through the rules, in virtual time, with one's own policy where one is named. Asks no service, but for a diversion that was. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { shippedPolicy } from '../../config/policy-file.ts';
import { readPolicy, toldFaults } from '../../config/read-policy.ts';
import { writeYaml } from '../../config/write-yaml.ts';
import type { DiversionReport } from '../../domain/diversion-report.ts';
import type { HealthPolicy } from '../../domain/health-policy.ts';
import { scenarioFrom, type FromRecorded } from '../../simulate/from-recorded.ts';
import type { SimulationResult } from '../../simulate/outcome.ts';
import { readScenario, type Scenario } from '../../simulate/scenario.ts';
import { simulate } from '../../simulate/simulate.ts';
import { action, emit, part, type Context, type Shell } from '../context.ts';
import { usageFault } from '../exits.ts';
import { fileFault } from '../files.ts';
import { complain, say } from '../io.ts';
import { counted, pairs, table, tableOr } from '../layout.ts';

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileFault(file, error);
  }
}

async function scenarioIn(file: string): Promise<Scenario> {
  const read = readScenario(await textOf(file));
  if ('faults' in read) throw usageFault(`${file} is no scenario that can be played`, ...toldFaults(file, read.faults));
  return read.scenario;
}

async function policyIn(file: string | undefined): Promise<HealthPolicy> {
  const shipped = shippedPolicy();
  if (file === undefined) return shipped.health;
  const read = readPolicy(await textOf(file), shipped);
  if ('faults' in read) throw usageFault(`${file} is no policy that can be used`, ...toldFaults(file, read.faults));
  return read.policy.health;
}

/** `1:05:09` or `5:09`. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function linesOf({ name, transitions, brakes, diversions, calls, carrierWrites, falseDiversions }: SimulationResult): string[] {
  const story = [
    ...transitions.map(({ at, primary, action: what, because }) => ({ at, line: [clock(at), primary, what, because] })),
    ...brakes.map(({ at, primary, action: what, brake, because }) => ({ at, line: [clock(at), primary, `${what}: ${brake}`, because] })),
  ].toSorted((one, other) => one.at - other.at);
  const share = (count: number): string => (calls.total === 0 ? String(count) : `${count} (${Math.round((count / calls.total) * 1000) / 10} %)`);
  return [
    `${name}:`,
    ...tableOr('Nothing happened.', ['at', 'primary', 'what', 'because'], story.map(({ line }) => line)),
    '',
    ...(diversions.length === 0 ? ['No diversion.'] : table(['diversion of', 'from', 'to', 'moved at carriers', 'cause'], diversions.map((one) => [one.primary, clock(one.startedAt), one.restoredAt === null ? 'goes on' : clock(one.restoredAt), counted(one.numbersMoved, 'number'), one.cause]))),
    '',
    ...pairs([
      ['calls', String(calls.total)],
      ['by the primary', share(calls.byPrimary)],
      ['by a backup', share(calls.byBackup)],
      ['of them saved in the call', share(calls.savedInCall)],
      ['lost', share(calls.lost)],
      ['writes to carriers', String(carrierWrites)],
      ['false diversions', String(falseDiversions)],
    ]),
  ];
}

interface Options {
  policy?: string;
  fromDiversion?: string;
  save?: string;
}

/** A diversion that was, as a scenario: the same text is read as would be from a file. */
async function recorded({ client, io }: Context, id: string, save: string | undefined): Promise<FromRecorded> {
  const { body } = await client.ask<DiversionReport>('GET', `/v1/diversions/${part(id)}/report`);
  const from = scenarioFrom(body);
  const text = writeYaml(from.scenario, ['What was seen of a diversion, to be played with other rules. Assumed, since nobody saw it:', ...from.assumed.map((one) => `- ${one}`)]);
  const read = readScenario(text);
  if ('faults' in read) throw usageFault('What is known of this diversion makes no scenario that can be played', ...toldFaults('scenario', read.faults));
  if (save !== undefined) {
    try {
      await writeFile(save, text);
    } catch (error) {
      throw fileFault(save, error);
    }
    complain(io, `Written: ${save}`);
  }
  return { ...from, scenario: read.scenario };
}

function asItWas({ assumed, was: { startedAt, restoredAt } }: FromRecorded): string[] {
  return ['', `As it was: diverted at ${clock(startedAt)}, ${restoredAt === null ? 'and it goes on' : `restored at ${clock(restoredAt)}`}.`, 'Assumed, since nobody saw it:', ...assumed.map((one) => `  ${one}`)];
}

async function play(context: Context, file: string | undefined, { policy, fromDiversion, save }: Options): Promise<void> {
  const { io, json } = context;
  if ((file === undefined) === (fromDiversion === undefined)) throw usageFault('Name a scenario, or a diversion with --from-diversion');
  if (save !== undefined && fromDiversion === undefined) throw usageFault('--save is for --from-diversion');
  const health = await policyIn(policy);
  const from = fromDiversion === undefined ? undefined : await recorded(context, fromDiversion, save);
  const scenario = from?.scenario ?? (await scenarioIn(file ?? ''));
  const { name, ...result } = simulate(scenario, health);
  if (json) emit({ io }, JSON.stringify({ ...result, ...(from ? { recorded: from.was, assumed: from.assumed } : {}) }));
  else say(io, ...linesOf({ name, ...result }), ...(from ? asItWas(from) : []));
}

export function addSimulate(program: Command, shell: Shell): void {
  program
    .command('simulate')
    .description('play an outage through the rules in virtual time: what would be done, and which calls would be answered')
    .argument('[file]', 'the scenario')
    .option('--policy <file>', 'a policy to try; without it, the one that comes with the program')
    .option('--from-diversion <id>', 'instead of a file: a diversion that was, as the service has recorded it')
    .option('--save <file>', 'with a diversion: write the scenario to this file, to be edited and played again')
    .action(action(shell, play));
}
