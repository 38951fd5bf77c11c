#!/bin/sh
# Makes the keys of the test authority, its services and its clients. They are test material: they lie open in the
# repository, and nothing real may ever trust this authority.
set -eu
cd "$(dirname "$0")"
for name in root issuing ocsp client_rsa; do
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$name.pem"
done
for name in tsa client_p256 stranger centre_root centre; do
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name.pem"
done
