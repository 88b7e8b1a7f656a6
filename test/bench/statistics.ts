/** What is said of a set of samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const max = (samples: readonly number[]): number => samples.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);

/** Runs every variant once a round, so that whatever the machine does meanwhile falls on all of them alike. */
export async function interleaved<R>(rounds: number, variants: Readonly<Record<string, () => Promise<R>>>): Promise<Record<string, R[]>> {
  const results: Record<string, R[]> = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(variants)) results[name]?.push(await run());
  }
  return results;
}

/** A Markdown table; the first row is its head. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  return [head, head.map(() => '---'), ...rest].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

export const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));
export const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
