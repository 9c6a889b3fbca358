/** What a server shows to who connects over TLS: paths of files in PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}
