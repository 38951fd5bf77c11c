#!/usr/bin/env bash
# Explores the models of tests/model, optimised, in a target directory of their own. Works from any directory.
#
#   scripts/model.sh [--faults N] [--at-most STATES]   payout and acknowledgement in every order
#   scripts/model.sh --planted                         one mistake after the other is planted, and must be found
#   scripts/model.sh test                              a slice of both, as ./test runs it, and the formatting
#
# Exit 0: everything held, 1: something did not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly MANIFEST=tests/model/Cargo.toml
readonly BUILD=(--quiet --release --locked --manifest-path "$MANIFEST" --target-dir "${CARGO_TARGET_DIR:-target}/model")

if [ "${1:-}" = test ]; then
    cargo fmt --manifest-path "$MANIFEST" --check
    cargo test "${BUILD[@]}"
else
    cargo run "${BUILD[@]}" --bin senim-model -- "$@"
fi
