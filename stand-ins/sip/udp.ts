/** A connected UDP socket: the kernel then reports a refused port (ICMP) as an error at once, which an unconnected one never does. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface ConnectedUdp {
  /** Our own address as the far end sees it, `host:port`. */
  local: string;
  send(text: string): void;
  close(): void;
}

export interface UdpEvents {
  message(text: string): void;
  /** The far end's port is closed, or the network refuses. */
  failed(): void;
}

export function connectUdp(to: { host: string; port: number }, events: UdpEvents): Promise<ConnectedUdp> {
  const host = to.host.replace(/^\[|\]$/g, '');
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    socket.close();
  };
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      close();
      reject(error);
    });
    socket.connect(to.port, host, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => events.failed());
      socket.on('message', (datagram) => events.message(datagram.toString('latin1')));
      const { address, port } = socket.address();
      const send = (text: string) => {
        if (open) socket.send(Buffer.from(text, 'latin1'), (error) => { if (error && open) events.failed(); });
      };
      resolve({ local: `${isIPv6(address) ? `[${address}]` : address}:${port}`, send, close });
    });
  });
}
