/** One line for each kind of carrier: a number at its stand-in, and what may be set on it, for what holds at all of them. */
import type { CarrierKind } from '../../src/domain/carrier.ts';
import { bandwidthRoutingFixture } from './bandwidth/routing-fixture.ts';
import { flowrouteRoutingFixture } from './flowroute/routing-fixture.ts';
import { pathsRoutingFixture, sipRoutingFixture, wordsRoutingFixture } from './http/routing-fixture.ts';
import { describeRouting, type RoutingFixture } from './routing-contract.ts';
import { plivoApplicationFixture, plivoRoutingFixture } from './plivo/routing-fixture.ts';
import { signalwireApplicationFixture, signalwireRoutingFixture } from './signalwire/routing-fixture.ts';
import { telnyxApplicationFixture, telnyxMemberFixture, telnyxRoutingFixture } from './telnyx/routing-fixture.ts';
import { twilioApplicationFixture, twilioRoutingFixture, twilioTrunkFixture } from './twilio/routing-fixture.ts';
import { vonageApplicationFixture, vonageRoutingFixture } from './vonage/routing-fixture.ts';
import { voipmsRoutingFixture } from './voipms/routing-fixture.ts';

type Describe = <Original>(kind: string, fixture: RoutingFixture<Original>) => void;

const described = <Original>(fixture: RoutingFixture<Original>) => (kind: string, describe: Describe = describeRouting): void => describe(kind, fixture);

export const ROUTING_FIXTURES: Readonly<Record<CarrierKind, (kind: string, describe?: Describe) => void>> = {
  bandwidth: described(bandwidthRoutingFixture),
  flowroute: described(flowrouteRoutingFixture),
  http: (kind, describe = describeRouting) => {
    describe(`${kind} with paths`, pathsRoutingFixture);
    describe(`${kind} with SIP addresses`, sipRoutingFixture);
    describe(`${kind} with words`, wordsRoutingFixture);
  },
  plivo: (kind, describe = describeRouting) => {
    describe(kind, plivoRoutingFixture);
    describe(`an application of ${kind}`, plivoApplicationFixture);
  },
  signalwire: (kind, describe = describeRouting) => {
    describe(kind, signalwireRoutingFixture);
    describe(`an application of ${kind}`, signalwireApplicationFixture);
  },
  telnyx: (kind, describe = describeRouting) => {
    describe(kind, telnyxRoutingFixture);
    describe(`a number of an application of ${kind}`, telnyxMemberFixture);
    describe(`an application of ${kind}`, telnyxApplicationFixture);
  },
  twilio: (kind, describe = describeRouting) => {
    describe(kind, twilioRoutingFixture);
    describe(`an application of ${kind}`, twilioApplicationFixture);
    describe(`a trunk of ${kind}`, twilioTrunkFixture);
  },
  voipms: described(voipmsRoutingFixture),
  vonage: (kind, describe = describeRouting) => {
    describe(kind, vonageRoutingFixture);
    describe(`an application of ${kind}`, vonageApplicationFixture);
  },
};
