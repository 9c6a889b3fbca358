#!/bin/sh
# Creates a private CA, and for each server a key and a certificate signed by it:
#
#   sh deploy/tls/make-certificates.sh /certs postgres rabbitmq
#
# writes /certs/ca.pem, which clients trust, and /certs/postgres.pem with /certs/postgres-key.pem per server. Each
# certificate is valid for its host name and localhost. Existing files are kept. For trials: the CA's key is in
# ca-key.pem; remove it from the machine, or use certificates of a real CA.
#
# It uses openssl, which the images of PostgreSQL and RabbitMQ contain, because Node.js cannot create certificates.
set -eu

folder=$1
shift
mkdir -p "$folder"
umask 077

new_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null ||
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [ ! -f "$folder/ca.pem" ]; then
  new_key "$folder/ca-key.pem"
  openssl req -x509 -new -sha256 -days 3650 -key "$folder/ca-key.pem" -out "$folder/ca.pem" \
    -subj '/CN=order-processing authority' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  chmod 644 "$folder/ca.pem"
fi

for host in "$@"; do
  [ -f "$folder/$host.pem" ] && continue
  new_key "$folder/$host-key.pem"
  openssl req -new -key "$folder/$host-key.pem" -subj "/CN=$host" -out "$folder/$host.csr"
  printf 'subjectAltName=DNS:%s,DNS:localhost\nextendedKeyUsage=serverAuth\n' "$host" >"$folder/$host.ext"
  openssl x509 -req -sha256 -days 825 -in "$folder/$host.csr" -extfile "$folder/$host.ext" \
    -CA "$folder/ca.pem" -CAkey "$folder/ca-key.pem" -CAcreateserial -out "$folder/$host.pem" 2>/dev/null
  rm "$folder/$host.csr" "$folder/$host.ext"
  chmod 644 "$folder/$host.pem"
done
