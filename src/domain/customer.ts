/** A customer: the tenant that owns numbers. */
import { Type, type Static } from 'typebox';
import { Country, PlanId, Strict, Text, TimeZone } from './schema.ts';

export const CustomerSchema = Strict({
  name: Text(200, 'Shown to people'),
  class: Type.Optional(Type.Enum(['critical', 'standard', 'low'], { description: 'Who is served first when not all can be; default standard' })),
  defaultPlan: Type.Optional(PlanId),
  timeZone: Type.Optional(TimeZone),
  allowedCountries: Type.Optional(Type.Array(Country, { minItems: 1, maxItems: 250, uniqueItems: true, description: 'Countries that its diverted calls may go to; default that of the number itself. Only the provider changes it' })),
}, { $id: 'Customer', description: 'The tenant that owns numbers' });

export type Customer = Static<typeof CustomerSchema>;

/** The provider that runs this installation: one record, id `provider`. */
export const ProviderSchema = Strict({
  name: Type.Optional(Text(200, 'Shown to people')),
  defaultPlan: Type.Optional(PlanId),
  timeZone: Type.Optional(TimeZone),
}, { $id: 'Provider', description: 'Settings of the provider itself: what holds for customers that say nothing' });

export type Provider = Static<typeof ProviderSchema>;
