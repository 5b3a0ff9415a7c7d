/** How an API server is reached and trusted, and how this process proves who it is. */
export interface Credentials {
  /** Base address, such as https://10.96.0.1:443. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

/** Reads the credentials as they are now: tokens and certificates are replaced while a process runs. */
export type CredentialSource = () => Promise<Credentials>;
