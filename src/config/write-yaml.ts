/** Writes YAML that people read and edit. */
import { stringify } from 'yaml';

/** @param comment lines that stand above it, without `#` */
export function writeYaml(value: unknown, comment: readonly string[]): string {
  const text = stringify(value, { collectionStyle: 'any', lineWidth: 0, version: '1.2' });
  return `${comment.map((line) => `# ${line}\n`).join('')}${text}`;
}
