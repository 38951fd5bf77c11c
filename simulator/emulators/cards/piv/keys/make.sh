#!/bin/sh
# Makes the keys of the emulated cards and of the authority that signs their certificates. They are test material: they
# lie open in the repository, and nothing real may ever trust this authority.
set -eu
cd "$(dirname "$0")"
for name in authority p256_authentication p256_signature; do
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name.pem"
done
for name in rsa_authentication rsa_signature; do
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$name.pem"
done
