/** JSON that Redis's scripts can read too: they take no half of a surrogate pair, which a carrier's JSON may have. */
export function redisJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? JSON.stringify(value, (_name, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part)) : text;
}
