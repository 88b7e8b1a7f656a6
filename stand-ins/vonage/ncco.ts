/** Reads an answer as NCCO, strictly: actions and options that Vonage documents, and no others (https://developer.vonage.com/en/voice/voice-api/ncco-reference). */

export interface Action {
  action: string;
  [option: string]: unknown;
}

type Rule = (value: unknown) => boolean;

const text: Rule = (value) => typeof value === 'string';
const within = (least: number, most: number): Rule => (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
const oneOf = (...words: unknown[]): Rule => (value) => words.includes(value);
const flag = oneOf(true, false);
const webAddress: Rule = (value) => typeof value === 'string' && /^https?:\/\/\S+$/.test(value) && URL.canParse(value);
const addresses: Rule = (value) => Array.isArray(value) && value.length === 1 && value.every(webAddress);
const number: Rule = (value) => typeof value === 'string' && /^[1-9][0-9]{6,14}$/.test(value);

function has(value: unknown, required: Readonly<Record<string, Rule>>, optional: Readonly<Record<string, Rule>> = {}): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(required).every(([name, rule]) => rule(given[name])) && Object.entries(given).every(([name, one]) => (required[name] ?? optional[name])?.(one) ?? false);
}

const phone: Rule = (value) => has(value, { type: oneOf('phone'), number }, { dtmfAnswer: text });
const sip: Rule = (value) => has(value, { type: oneOf('sip'), uri: (uri) => typeof uri === 'string' && /^sips?:[^\s@?]+@[^\s@?]+$/.test(uri) }, { headers: (headers) => typeof headers === 'object' && headers !== null && Object.values(headers).every(text) });
const endpoints: Rule = (value) => Array.isArray(value) && value.length === 1 && value.every((one) => phone(one) || sip(one));

const ACTIONS: Readonly<Record<string, Rule>> = {
  talk: (value) => has(value, { action: text, text: (said) => typeof said === 'string' && said.trim() !== '' && said.length <= 1500 }, { language: (code) => typeof code === 'string' && /^[a-z]{2,3}(-[A-Z]{2})?(-[A-Z]{3})?$/.test(code), bargeIn: flag, loop: within(0, 100) }),
  connect: (value) => has(value, { action: text, endpoint: endpoints }, { eventType: oneOf('synchronous'), eventUrl: addresses, eventMethod: oneOf('GET', 'POST'), timeout: within(1, 7200), from: number, machineDetection: oneOf('continue', 'hangup') }),
  record: (value) => has(value, { action: text }, { eventUrl: addresses, eventMethod: oneOf('GET', 'POST'), endOnSilence: within(3, 10), endOnKey: (key) => typeof key === 'string' && /^[0-9*#]$/.test(key), timeOut: within(3, 7200), beepStart: flag, format: oneOf('mp3', 'wav', 'ogg') }),
  input: (value) => has(value, { action: text, type: (types) => JSON.stringify(types) === '["dtmf"]' }, { dtmf: (dtmf) => has(dtmf, {}, { maxDigits: within(1, 20), timeOut: within(0, 10), submitOnHash: flag }), eventUrl: addresses, eventMethod: oneOf('GET', 'POST') }),
};

/** The actions, or in words what is wrong with the document. */
export function readNcco(contentType: string, body: string): { actions: readonly Action[] } | { faults: readonly string[] } {
  if (!/^application\/json\b/.test(contentType)) return { faults: [`Content-Type ${contentType}`] };
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return { faults: ['no JSON'] };
  }
  if (!Array.isArray(given)) return { faults: ['no list of actions'] };
  const faults = given.flatMap((one: unknown) => {
    const name = typeof one === 'object' && one !== null ? String((one as Partial<Action>).action) : '';
    return ACTIONS[name]?.(one) === true ? [] : [`the action ${JSON.stringify(one).slice(0, 300)}`];
  });
  return faults.length > 0 ? { faults } : { actions: given as Action[] };
}
