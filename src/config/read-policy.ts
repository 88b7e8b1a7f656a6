/** Reads a policy from YAML: every fault with its line and what is wrong. What it leaves out is as in the policy it is laid over. */
import { Compile } from 'typebox/compile';
import { drillFaults } from '../../rules/drill-laws.ts';
import { healthFaults } from '../../rules/health-laws.ts';
import { alarmFaults } from '../../rules/readiness-alarm.ts';
import { PolicySchema, type Policy } from '../domain/policy.ts';
import { openYaml, type YamlFault } from './read-yaml.ts';

export type PolicyFault = YamlFault;

export type ReadPolicy = { policy: Policy } | { faults: PolicyFault[] };

const validator = Compile(PolicySchema);

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sections are laid over sections; a list or a value takes the place of the one below. */
function laidOver(base: unknown, over: unknown): unknown {
  if (!isShape(base) || !isShape(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) merged[name] = name in base ? laidOver(base[name], value) : value;
  return merged;
}

/** @param base what holds where the text says nothing; without it the text must say everything */
export function readPolicy(text: string, base?: Policy): ReadPolicy {
  const opened = openYaml(text);
  if ('faults' in opened) return opened;
  const merged = laidOver(base ?? {}, opened.value);
  if (!validator.Check(merged)) return { faults: opened.faultsOf(validator.Errors(merged), 'the policy') };
  const faults = [...healthFaults(merged.health), ...drillFaults(merged.drills), ...alarmFaults(merged.readiness.alarm)].map(({ path, detail }) => ({ line: opened.lineOf(path), detail: `${path.join('.')} ${detail}` }));
  return faults.length === 0 ? { policy: merged } : { faults };
}

/** One line a fault, as compilers say it. */
export function toldFaults(file: string, faults: readonly PolicyFault[]): string[] {
  return faults.map(({ line, detail }) => `${file}:${line}: ${detail}`);
}
