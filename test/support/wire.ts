import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that a test can cut: what is sent then arrives nowhere, and nobody is told. */
export class Wire {
  readonly #server: { readonly host: string; readonly port: number };
  readonly #listener = createServer((near) => this.#join(near));
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(server: { readonly host: string; readonly port: number }) {
    this.#server = server;
  }

  /** @param url of the server, with its port. */
  static async to(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const wire = new Wire({ host: hostname, port: Number(port) });
    wire.#listener.listen(0, '127.0.0.1');
    await once(wire.#listener, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** From now on nothing gets through, over old connections and new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.unpipe();
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#isCut) return;
    const far = connect(this.#server);
    this.#keep(far);
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => !this.#isCut && far.destroy());
    far.on('close', () => !this.#isCut && near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}
