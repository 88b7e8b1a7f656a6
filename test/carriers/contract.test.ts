/** Runs the contract over every kind of carrier there is. */
import { CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { describeDialect } from './contract.ts';
import { CONTRACTS } from './contracts.ts';

for (const kind of CARRIER_KINDS) {
  const { dialect } = CARRIER_PARTS[kind];
  const fixture = CONTRACTS[kind];
  if (dialect && fixture) describeDialect(kind, dialect, fixture);
}
