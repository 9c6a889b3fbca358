#!/bin/sh
# For compose.tls.yml: makes certificates where there are none, and hands out what belongs to whom, in the volumes of
# the secrets. Each server gets its own key, everybody the authority's certificate; the authority's key stays with the
# provisioner's secrets, which only the provisioner mounts.
set -eu
cd /secrets

sh /tls/make-certificates.sh provision/tls postgres broker
for folder in *; do install -m 444 provision/tls/ca.pem "$folder/ca.pem"; done

# distribute CERTIFICATE FOLDER. The servers read theirs as users of their own; what keeps others out is that they do not
# mount it.
distribute() { install -m 444 "provision/tls/$1.pem" "provision/tls/$1-key.pem" "$2/"; }
distribute postgres postgres
distribute broker rabbitmq
