/** A number at Flowroute's stand-in, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createFlowrouteApi } from '../../../src/carriers/flowroute/api.ts';
import { flowrouteRouting } from '../../../src/carriers/flowroute/routing.ts';
import { createFlowroute } from '../../../stand-ins/flowroute/flowroute.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const NUMBER = '+12065551234';
/** Routes of the customer's own; the last two mean the same. */
const ROUTES = [
  { route_type: 'host', value: 'pbx.example.net', alias: 'pbx' },
  { route_type: 'uri', value: 'sip:main@pbx.example.net', alias: 'main' },
  { route_type: 'number', value: '12065550100', alias: 'mobile' },
  { route_type: 'number', value: '12065550100', alias: 'mobile too' },
] as const;

/** Aliases of routes; empty where there is none. */
interface Original {
  primary_route: string;
  failover_route: string;
}

const route = fc.constantFrom('', 'sip-reg', ...ROUTES.map(({ alias }) => alias));

export const flowrouteRoutingFixture: RoutingFixture<Original> = {
  routing: flowrouteRouting,
  originals: fc.record({ primary_route: route, failover_route: route }),
  targets: fc.constantFrom(
    { kind: 'phone', number: '+12065550100' }, { kind: 'phone', number: '+12065550199' }, { kind: 'sip', uri: 'sip:desk@backup.example.net' }, { kind: 'sip', uri: 'sip:main@pbx.example.net' },
  ),
  async open() {
    const keys = { accessKey: 'access-key', secretKey: 'a-secret-of-the-test' };
    const flowroute = await createFlowroute({ ...keys, mostOfAPage: MOST_OF_A_PAGE });
    const id = NUMBER.slice(1);
    flowroute.addNumber(id);
    for (const made of ROUTES) flowroute.addRoute(made);
    const idOf = (alias: string): string | null => flowroute.routes().find((one) => one.alias === alias)?.id ?? null;
    const api = createFlowrouteApi({ credentials: keys, baseUrl: flowroute.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'flowroute', credentials: keys, baseUrl: flowroute.url },
      api,
      number: NUMBER,
      more: () => ['12065550101', '12065550102', '12065550103', '12065550104'].map((one) => `+${flowroute.addNumber(one, { primary_route: idOf('mobile') }).id}`),
      faults: flowroute.faults,
      set: ({ primary_route, failover_route }) => { flowroute.addNumber(id, { primary_route: idOf(primary_route), failover_route: idOf(failover_route) }); },
      held: () => flowroute.number(id)?.routes,
      close() {
        api.close();
        return flowroute.close();
      },
    };
  },
};
