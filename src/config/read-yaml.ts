/** Reads YAML that people write: every fault with its line, those of its syntax and those that a schema finds in it. */
import type { TLocalizedValidationError } from 'typebox/error';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

export interface YamlFault {
  /** Counted from 1. */
  line: number;
  detail: string;
}

export interface OpenedYaml {
  /** An empty text is an empty mapping. */
  value: unknown;
  /** The line of what a path names, or of the nearest section around it that is in the text. */
  lineOf(path: readonly string[]): number;
  /** @param whole what the text as a whole is called */
  faultsOf(errors: readonly TLocalizedValidationError[], whole: string): YamlFault[];
}

type Path = readonly string[];

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

function schemaFaults(document: Document, lines: LineCounter, errors: readonly TLocalizedValidationError[], whole: string): YamlFault[] {
  const faults = errors.flatMap(({ instancePath, keyword, message, params }): YamlFault[] => {
    const path = partsOf(instancePath);
    const where = path.length === 0 ? whole : path.join('.');
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

export function openYaml(text: string): OpenedYaml | { faults: YamlFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, maxAliasCount: 0 } as Parameters<typeof parseDocument>[1]);
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { faults: broken.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, detail: message })) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
    return { value, lineOf: (path) => lineOf(document, lines, path), faultsOf: (errors, whole) => schemaFaults(document, lines, errors, whole) };
  } catch (error) {
    return { faults: [{ line: 1, detail: error instanceof Error ? error.message : String(error) }] };
  }
}
