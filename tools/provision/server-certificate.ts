/** A server's TLS certificate and key: paths of PEM files. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}
