/** Texts of foreign origin, such as those of errors, as they may be logged: without telephone numbers and without what looks like a secret. */
import { maskNumbersIn } from '../domain/phone-number.ts';

const LEFT_OUT = '(left out)';

/** Our keys (src/domain/key.ts), headers that carry credentials, passwords in addresses, secrets as they are stored (src/config/secrets.ts). */
const SECRETS: readonly (readonly [form: RegExp, instead: string])[] = [
  [/\brt_[\w-]+/g, LEFT_OUT],
  [/\b(Bearer|Basic) +[\w+/=.~-]+/gi, `$1 ${LEFT_OUT}`],
  [/(:\/\/[^\s/:@"]*):[^\s/@"]+@/g, `$1:${LEFT_OUT}@`],
  [/\benc:v\d:[\w+/=]+/g, LEFT_OUT],
  [/\b[0-9a-f]{64}\b/gi, LEFT_OUT],
];

export function safeText(text: string): string {
  return maskNumbersIn(SECRETS.reduce((left, [form, instead]) => left.replace(form, instead), text));
}
