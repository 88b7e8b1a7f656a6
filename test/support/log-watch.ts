/**
 * Every line that is logged in a test, by a service in the process or by one of its own, comes by here; at the end of each
 * file of tests test/support/log-watch-setup.ts fails it for those that tell what no log may hold.
 */
import { accountOf, CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { createLeakFinder } from './log-leaks.ts';
import { filesOf, read } from './tree.ts';
import { watched } from './watched-lines.ts';

export interface LogWatch {
  /** A line as it was written. */
  saw(line: string): void;
  /** Something that a test uses as a secret. */
  secret(text: string): void;
  /** The secrets in a request's or an answer's body, by the names of their fields. */
  secretsOf(body: unknown): void;
  /** The secrets in an environment, by the names of its variables, and passwords in addresses. */
  secretsOfEnvironment(environment: Readonly<Record<string, unknown>>): void;
  /** A sentence for each line that tells too much. */
  complaints(): string[];
}

const SECRET_FIELDS: readonly string[] = ['secret', 'nextSecret', 'password', ...CARRIER_KINDS.flatMap((kind) => accountOf(kind).secrets)];
const SECRET_VARIABLE = /(?:KEY|TOKEN|SECRET|PASSWORD)(?!.*_FILE$)/;
/** Shorter ones would be found in any text. */
const SHORTEST = 8;

let numbers: ReadonlySet<string> | undefined;

/** Every number that is written out in a test. */
function numbersOfTheTests(): ReadonlySet<string> {
  numbers ??= new Set([...filesOf('test'), ...filesOf('demo')].flatMap((path) => read(path).match(/\+[1-9]\d{8,14}\b/g) ?? []));
  return numbers;
}

function createLogWatch(): LogWatch {
  function secret(text: string): void {
    if (text.length >= SHORTEST && !/^(?:env|file):|^\(/.test(text)) watched.secrets.add(text);
  }

  function secretsOf(body: unknown): void {
    if (typeof body !== 'object' || body === null) return;
    for (const [name, value] of Object.entries(body)) {
      // `key` is the id of a key, or when it was made the key itself.
      if (typeof value === 'string' && (SECRET_FIELDS.includes(name) || (name === 'key' && value.startsWith('rt_')))) secret(value);
      else secretsOf(value);
    }
  }

  return {
    saw(line) {
      watched.lines.push({ test: watched.test, line: line.trimEnd() });
    },
    secret,
    secretsOf,
    secretsOfEnvironment(environment) {
      for (const [name, value] of Object.entries(environment)) {
        if (typeof value !== 'string') continue;
        if (SECRET_VARIABLE.test(name)) secret(value);
        secret(/:\/\/[^/:@]*:([^/@]+)@/.exec(value)?.[1] ?? '');
      }
    },
    complaints() {
      const leaksIn = createLeakFinder({ secrets: watched.secrets, numbers: numbersOfTheTests() });
      return watched.lines.flatMap(({ test, line }) => leaksIn(line).map(({ what, shown }) => {
        // The line itself is not shown: it is what nobody may read.
        const msg = /"msg":"([^"]*)"/.exec(line)?.[1];
        return `${test}: ${what} ${shown} in ${msg === undefined ? 'a line that is no JSON' : `the line "${msg}"`}`;
      }));
    },
  };
}

export const logWatch = createLogWatch();
