/** The go-bag as a shell script: head.sh, which does the work, and the lines that it reads, a word and its arguments each. */
import { readFileSync } from 'node:fs';
import type { HttpAuth } from '../domain/http-api.ts';
import type { BagCannot, BagCarrier, BagNumber, BagRequest, BagSteps } from './format.ts';
import type { Text } from './text.ts';

const HEAD = readFileSync(new URL('./head.sh', import.meta.url), 'utf8');

/** One word of the shell, whatever is in it. NUL cannot be in any. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;
}

/** Within double quotes of curl's configuration. */
const inConfig = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers).map(([name, value]) => `header = "${inConfig(`${name}: ${value}`)}"`).join('\n');
}

/** A carrier as the lines name it, and what they need of it. */
export interface ShellCarrier {
  id: string;
  place: number;
  about: BagCarrier;
  /** Of carriers whose requests are signed. */
  hmac?: HttpAuth;
}

/** Variables for the ids of what must be made. */
export interface ShellIds {
  variable(carrier: ShellCarrier, meaning: string): string;
}

export function createShellIds(): ShellIds {
  const known = new Map<string, string>();
  return {
    variable({ place }, meaning) {
      const name = `${place} ${meaning}`;
      const variable = known.get(name) ?? `ID_${known.size + 1}`;
      known.set(name, variable);
      return variable;
    },
  };
}

function word(text: Text, carrier: ShellCarrier, ids: ShellIds): string {
  if (text.length === 0) return "''";
  return text.map((part) => (typeof part === 'string' ? quoted(part) : 'variable' in part ? `"$S_${carrier.place}_${part.as}"` : `"\${${ids.variable(carrier, part.id)}-}"`)).join('');
}

function requestWords({ method, path, headers, body }: BagRequest, carrier: ShellCarrier, ids: ShellIds): string {
  return [method, word(path, carrier, ids), quoted(headerLines(headers)), word(body, carrier, ids)].join(' ');
}

function* stepLines(steps: BagSteps, verb: 'divert' | 'restore', carrier: ShellCarrier, ids: ShellIds): Generator<string> {
  for (const { meaning, request, member } of steps.made) {
    yield `m ${verb} ${ids.variable(carrier, meaning)} ${quoted(meaning)} ${quoted(member)} ${requestWords(request, carrier, ids)}`;
  }
  for (const { otherwise, ...request } of steps.writes) {
    yield `${verb.charAt(0)} ${requestWords(request, carrier, ids)}${otherwise ? ` ${requestWords(otherwise, carrier, ids)}` : ''}`;
  }
}

export function numberLines(one: BagNumber, carrier: ShellCarrier, ids: ShellIds): string {
  const first = `n ${carrier.place} ${quoted(one.number)} ${quoted(one.primary)} ${quoted(one.customer)} ${quoted(one.to.join(', '))} && {`;
  const away = one.group ? [`g ${quoted(one.group.ref)} ${quoted(Object.entries(one.group.was).map(([field, value]) => `${field}=${value}`).join(', '))}`] : [];
  return [first, `s ${requestWords(one.show, carrier, ids)}`, ...stepLines(one.divert, 'divert', carrier, ids), ...stepLines(one.restore, 'restore', carrier, ids), ...away, '}', ''].join('\n');
}

export function cannotLine(one: BagCannot, carrier: Pick<ShellCarrier, 'place'>): string {
  return `x ${carrier.place} ${quoted(one.number)} ${quoted(one.primary)} ${quoted(one.customer)} ${quoted(one.cannot)}\n`;
}

const SIGNED: Readonly<Record<string, string>> = {
  method: '"$1"', path: '"${2%%\\?*}"', query: '"$g_query"', target: '"$2"', timestamp: '"$g_time"', body: '"$3"', user: '"$C_USER"',
  'body-sha256': '"$(printf %s "$3" | digest sha256)"',
};
const TIME: Readonly<Record<string, string>> = { seconds: 'date +%s', milliseconds: "date +%s000", iso: 'date -u +%Y-%m-%dT%H:%M:%S.000Z' };

/** A template of `src/carriers/http/template.ts` as the arguments of one `printf`. */
function printed(template: string, values: Readonly<Record<string, string>>): string {
  const pieces = template.split(/\{([A-Za-z][A-Za-z0-9_.-]*)\}/).map((piece, at) => (at % 2 === 1 ? (values[piece] ?? "''") : quoted(piece)));
  return `printf '${'%s'.repeat(pieces.length)}' ${pieces.join(' ')}`;
}

/** Method, path, body and secret are its arguments; it says the headers to curl. */
function signature(place: number, { header = '', sign = '', value = '{signature}', hash = 'sha256', encoding = 'hex', timestamp = 'seconds', timestampHeader }: HttpAuth, prefix: string): string {
  const made = `${printed(sign, SIGNED)} | openssl dgst -${hash} ${encoding === 'hex' ? "-hmac \"$4\" | sed 's/^.* //'" : '-hmac "$4" -binary | openssl base64 -A'}`;
  const line = (name: string, text: string): string => `printf 'header = "%s: %s"\\n' ${quoted(name)} "$(escape_config "${text}")"`;
  return [
    `sign_${place}() {`,
    `  set -- "$1" ${quoted(prefix)}"$2" "$3" "$4"`,
    '  case $2 in *\\?*) g_query=${2#*\\?} ;; *) g_query= ;; esac',
    `  g_time=$(${TIME[timestamp] ?? ''})`,
    `  g_made=$(${made})`,
    `  g_value=$(${printed(value, { signature: '"$g_made"', user: '"$C_USER"', timestamp: '"$g_time"' })})`,
    `  ${line(header, '$g_value')}`,
    ...(timestampHeader === undefined ? [] : [`  ${line(timestampHeader, '$g_time')}`]),
    '}',
  ].join('\n');
}

const NO_ORDER: NonNullable<BagCarrier['order']> = { before: '', path: '', done: '', working: '' };

function carrierLines({ id, place, about, hmac }: ShellCarrier): string {
  const { auth, name, address, headers, pauseSeconds, done = '', order = NO_ORDER } = about;
  const settings = {
    C_ID: id, C_NAME: name, C_BASE: address, C_HEADERS: headerLines(headers), C_AUTH: auth.by, C_USER: auth.user ?? '', C_HEADER: auth.header ?? '', C_ENV: auth.variable, C_PAUSE: String(pauseSeconds), C_DONE: done,
    C_ORDER: order.path, C_ORDER_BEFORE: order.before, C_ORDER_DONE: order.done, C_ORDER_WORKING: order.working,
  };
  const prefix = new URL(address).pathname.replace(/\/+$/, '');
  return [
    `carrier_${place}() { ${Object.entries(settings).map(([variable, value]) => `${variable}=${quoted(value)}`).join(' ')}; }`,
    `ENV_${place}=${quoted(auth.variable)}`,
    ...['form', 'json', 'xml', 'text'].map((as) => `S_${place}_${as}=''`),
    ...(hmac ? [signature(place, hmac, prefix)] : []),
    '',
  ].join('\n');
}

/** All that stands before the numbers. `madeAt`: ISO 8601. */
export function scriptHead(carriers: readonly ShellCarrier[], madeAt: string): string {
  const secrets = carriers.filter(({ about }) => about.auth.by === 'body').flatMap(({ place }) => ['form', 'json', 'xml', 'text'].map((as) => `if_used ${place} secret ${place} ${as}`));
  return [HEAD, ...carriers.map(carrierLines), `begin ${quoted(madeAt)}`, ...secrets, ''].join('\n');
}

export const SCRIPT_END = 'end\nexit $?\n# The end of the go-bag.\n';
