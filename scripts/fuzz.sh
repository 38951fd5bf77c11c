#!/usr/bin/env bash
# Fuzzes with libFuzzer on the stable toolchain. Works from any directory.
#
#   scripts/fuzz.sh TARGET [SECONDS]     one target, 600 s unless said otherwise
#   scripts/fuzz.sh all [SECONDS]        every target, one after the other
#   scripts/fuzz.sh list                 the targets
#   scripts/fuzz.sh keep TARGET|all      takes into the committed corpus what reaches code that it does not: few small files
#
# What a run finds beyond the committed corpus (tests/fuzz/corpus/TARGET) gathers in out/fuzz/TARGET/found, inputs that
# fail in out/fuzz/TARGET/artifacts, its report in out/fuzz/TARGET/log. Exit 0: nothing found, 1: something failed, 2: usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Instrumentation by LLVM's own pass, which needs no nightly. Without the last argument branches are folded before they
# are counted, and little is found.
readonly INSTRUMENT="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
readonly TRIPLE=x86_64-unknown-linux-gnu
readonly OUT=${SENIM_FUZZ_OUT:-out/fuzz}
# A target directory of its own: other flags would rebuild everything that ./test has built.
readonly TARGET_DIRECTORY=${SENIM_FUZZ_TARGET_DIR:-target-fuzz}
# The longest seed, a whole reading of a travel document, has 4 KB.
readonly LENGTH_MAX=6144
readonly KEPT_LENGTH_MAX=384

usage() {
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "scripts/fuzz.sh" >&2
    exit 2
}

targets() { sed -n 's/^    ("\([a-z0-9_]*\)", .*/\1/p' tests/fuzz/lib.rs; }

build() {
    RUSTFLAGS="$INSTRUMENT" cargo build --quiet --profile fuzz --target "$TRIPLE" --target-dir "$TARGET_DIRECTORY" \
        --package senim-fuzz --bin senim-fuzz --features senim-fuzz/libfuzzer
}

program() { SENIM_FUZZ_TARGET=$1 "$TARGET_DIRECTORY/$TRIPLE/fuzz/senim-fuzz" "${@:2}"; }

# run TARGET SECONDS
run() {
    local here=$OUT/$1
    mkdir -p "$here/found" "$here/artifacts" "tests/fuzz/corpus/$1"
    printf '%s for %s s\n' "$1" "$2"
    if program "$1" "$here/found" "tests/fuzz/corpus/$1" -max_total_time="$2" -max_len="$LENGTH_MAX" -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$here/artifacts/" >"$here/log" 2>&1; then
        grep --text -E '^(Done|stat::number_of_executed_units|stat::average_exec_per_sec)' "$here/log" || true
        grep --text -E 'cov: ' "$here/log" | tail -n 1
    else
        tail -n 30 "$here/log"
        printf '%s failed; the input is in %s\n' "$1" "$here/artifacts" >&2
        return 1
    fi
}

# keep TARGET: what is there stays, under its name.
keep() {
    local corpus=tests/fuzz/corpus/$1
    mkdir -p "$OUT/$1/found"
    program "$1" -set_cover_merge=1 -use_counters=0 -max_len="$KEPT_LENGTH_MAX" "$corpus" "$OUT/$1/found" >"$OUT/$1/merge.log" 2>&1
    printf '%s: %s files, %s bytes\n' "$1" "$(find "$corpus" -type f | wc -l)" "$(cat "$corpus"/* | wc -c)"
}

[ $# -ge 1 ] || usage
case "$1" in
    list) targets ;;
    keep)
        [ $# -eq 2 ] || usage
        build
        for name in $([ "$2" = all ] && targets || echo "$2"); do keep "$name"; done
        ;;
    all)
        build
        failed=0
        for name in $(targets); do run "$name" "${2:-600}" || failed=1; done
        exit "$failed"
        ;;
    *)
        targets | grep --quiet --line-regexp -- "$1" || usage
        build
        run "$1" "${2:-600}"
        ;;
esac
