/** Reads a policy from YAML: every fault with its line and what is wrong. What it leaves out is as in the policy it is laid over. */
import { Compile } from 'typebox/compile';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { PolicySchema, type Policy } from '../domain/destination-policy.ts';

export interface PolicyFault {
  /** Counted from 1. */
  line: number;
  detail: string;
}

export type ReadPolicy = { policy: Policy } | { faults: PolicyFault[] };

const validator = Compile(PolicySchema);

type Path = readonly string[];
type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sections are laid over sections; a list or a value takes the place of the one below. */
function laidOver(base: unknown, over: unknown): unknown {
  if (!isShape(base) || !isShape(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) merged[name] = name in base ? laidOver(base[name], value) : value;
  return merged;
}

const partsOf = (pointer: string): string[] => pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The line of what a path names, or of the nearest section around it that is in the file. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (pair === undefined) break;
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (!isScalar(node) && !isMap(node) && !isSeq(node)) break;
      if (node.range) offset = node.range[0];
    } else break;
  }
  return lines.linePos(offset).line;
}

function schemaFaults(document: Document, lines: LineCounter, merged: unknown): PolicyFault[] {
  const faults = validator.Errors(merged).flatMap(({ instancePath, keyword, message, params }): PolicyFault[] => {
    const path = partsOf(instancePath);
    const where = path.length === 0 ? 'the policy' : path.join('.');
    if (keyword === 'additionalProperties') {
      return params.additionalProperties.map((name) => ({ line: lineOf(document, lines, [...path, name]), detail: `${where} has no field ${name}` }));
    }
    // Of an unknown field the line above has told.
    if (keyword === 'boolean') return [];
    const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
    return [{ line: lineOf(document, lines, path), detail: `${where} ${message}${allowed}` }];
  });
  return faults.filter((fault, at) => faults.findIndex(({ line, detail }) => line === fault.line && detail === fault.detail) === at);
}

/** @param base what holds where the text says nothing; without it the text must say everything */
export function readPolicy(text: string, base?: Policy): ReadPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, maxAliasCount: 0 } as Parameters<typeof parseDocument>[1]);
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { faults: broken.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, detail: message })) };
  let given: unknown;
  try {
    given = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (error) {
    return { faults: [{ line: 1, detail: error instanceof Error ? error.message : String(error) }] };
  }
  const merged = laidOver(base ?? {}, given);
  return validator.Check(merged) ? { policy: merged } : { faults: schemaFaults(document, lines, merged) };
}

/** One line a fault, as compilers say it. */
export function toldFaults(file: string, faults: readonly PolicyFault[]): string[] {
  return faults.map(({ line, detail }) => `${file}:${line}: ${detail}`);
}
