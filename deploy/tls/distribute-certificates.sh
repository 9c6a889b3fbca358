#!/bin/sh
# For compose.tls.yml: creates missing certificates and copies them to the secrets' volumes. Each server gets its key,
# and every container the CA certificate. The CA's key stays in the provisioner's volume, which only the provisioner
# mounts.
set -eu
cd /secrets

sh provision/make-certificates.sh provision/tls postgres broker
for folder in *; do install -m 444 provision/tls/ca.pem "$folder/ca.pem"; done

# distribute CERTIFICATE FOLDER. Files are readable by all users, because the servers run as different ones. The mounts
# restrict access.
distribute() { install -m 444 "provision/tls/$1.pem" "provision/tls/$1-key.pem" "$2/"; }
distribute postgres postgres
distribute broker rabbitmq
