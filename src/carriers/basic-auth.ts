/** HTTP Basic credentials as most carriers' APIs take them (RFC 7617), in UTF-8. */
export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
