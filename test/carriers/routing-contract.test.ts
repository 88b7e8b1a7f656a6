/** Runs what holds at every carrier over every kind that there is. */
import { ROUTING_FIXTURES } from './routing-fixtures.ts';

for (const [kind, describeKind] of Object.entries(ROUTING_FIXTURES)) describeKind(kind);
