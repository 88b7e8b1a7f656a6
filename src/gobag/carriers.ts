/** The carriers of a go-bag: how each is asked, and which secret of the environment proves who asks. */
import type { PlainApi } from '../carriers/plain-api.ts';
import { CARRIER_PARTS, routingOf } from '../carriers/kinds.ts';
import type { CarrierRouting } from '../carriers/routing.ts';
import { withSecrets, type Carrier } from '../domain/carrier.ts';
import type { BagCarrier } from './format.ts';
import type { ShellCarrier } from './shell.ts';
import type { Marks } from './text.ts';

export interface PackedCarrier extends ShellCarrier {
  plain: PlainApi;
  routing: CarrierRouting;
  /** What others have made there already, the id by its meaning. */
  objects: ReadonlyMap<string, string>;
}

const ENVIRONMENT = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;

/** The variable that its record names, else one made of kind, id and credential: `TWILIO_MAIN_AUTH_TOKEN`. */
function variableFor(id: string, { kind, credentials }: Carrier, credential: string, taken: ReadonlySet<string>): string {
  const named = ENVIRONMENT.exec(credentials[credential] ?? '')?.[1];
  if (named !== undefined) return named;
  const made = `${kind}_${id}_${credential.replace(/[A-Z]/g, '_$&')}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  let name = made;
  for (let count = 2; taken.has(name); count += 1) name = `${made}_${count}`;
  return name;
}

function aboutOf(id: string, carrier: Carrier, plain: PlainApi, variable: string): BagCarrier {
  const { auth } = plain;
  const { writesPerSecond } = { ...CARRIER_PARTS[carrier.kind].limits, ...carrier.limits };
  return {
    kind: carrier.kind,
    name: carrier.name === undefined ? `${id} (${carrier.kind})` : `${id} (${carrier.kind}, ${carrier.name})`,
    address: plain.baseUrl.replace(/\/+$/, ''),
    headers: plain.headers,
    auth: { by: auth.by, variable, ...('user' in auth ? { user: auth.user } : {}), ...('header' in auth ? { header: auth.header } : {}) },
    pauseSeconds: Math.ceil(1000 / writesPerSecond) / 1000,
    ...(plain.done === undefined ? {} : { done: plain.done }),
    ...(plain.order === undefined ? {} : { order: plain.order }),
  };
}

/** No secret gets into it: where one stands in what is sent there is a mark. Of kinds whose secrets are all in headers, nothing. */
export function packCarriers(carriers: readonly { id: string; carrier: Carrier; objects: ReadonlyMap<string, string> }[], marks: Marks): Map<string, PackedCarrier> {
  const taken = new Set<string>();
  return new Map(carriers.map(({ id, carrier, objects }, at) => {
    const nothing = CARRIER_PARTS[carrier.kind].plain({ ...carrier, credentials: withSecrets(carrier, () => '') });
    const variable = variableFor(id, carrier, nothing.auth.secret, taken);
    taken.add(variable);
    const credentials = withSecrets(carrier, (_secret, field) => (nothing.auth.by === 'body' && field === nothing.auth.secret ? marks.secret(variable) : ''));
    const plain = CARRIER_PARTS[carrier.kind].plain({ ...carrier, credentials });
    return [id, { id, place: at + 1, about: aboutOf(id, carrier, plain, variable), ...(plain.auth.by === 'hmac' ? { hmac: plain.auth.how } : {}), plain, routing: routingOf(carrier), objects }];
  }));
}
