# shellcheck shell=bash
# Set-up shared by ./run and ./test: the Debian packages that the build and the programs need, and a Rust toolchain.
# Sourced, from the root of the tree. Decides what is missing and installs it when root; builds nothing.
#
#   setup build            packages to build and to run without a display
#   setup build test       and those that only tests use
#   setup build desktop    and those of a window on X11
#
# Ends the script with 4 (environment) and says what to do when something is missing that it cannot install.
# SENIM_SKIP_SETUP=1 leaves the packages alone, for systems that are not Debian.

readonly SETUP_BUILD=(
    ca-certificates       # cargo fetches crates over HTTPS
    build-essential       # linker, C compiler (SQLite, ring, JPEG), kernel headers
    pkg-config            # finds fontconfig
    libfontconfig-dev     # Slint
    libclang1-14          # V4L2 bindings are generated from the kernel headers
    openssl               # a journey's export is verified with it alone
    fonts-noto-core       # embedded at build time: every Kazakh letter and the tenge sign
)
readonly SETUP_TEST=(
    jose                  # an independent reader of our JWS and JWE
)
readonly SETUP_DESKTOP=(
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0
)

setup_say() { printf 'set-up: %s\n' "$*" >&2; }

setup_fail() {
    setup_say "$@"
    exit 4
}

setup_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

setup_packages() {
    local wanted=("$@") missing=() package
    if ! command -v dpkg-query >/dev/null; then
        setup_fail "this is not a Debian system; install what these Debian 12 packages hold: ${wanted[*]}." \
            "Then run again with SENIM_SKIP_SETUP=1"
    fi
    for package in "${wanted[@]}"; do
        setup_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if [ "$(id -u)" -ne 0 ]; then
        local as_root=""
        command -v sudo >/dev/null && as_root="sudo "
        setup_say "missing packages: ${missing[*]}"
        setup_fail "run as root, then start again:" \
            "${as_root}apt-get update && ${as_root}apt-get install --yes --no-install-recommends ${missing[*]}"
    fi
    setup_say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet=2 >&2 || setup_fail "apt-get update failed: is the network or the package mirror there?"
    apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" </dev/null >&2 ||
        setup_fail "apt-get could not install ${missing[*]}; its message is above"
}

setup_toolchain() {
    # A toolchain that rustup has just installed is not yet on the PATH of this shell.
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-${HOME:-/root}/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"
        export PATH
    fi
    command -v cargo >/dev/null ||
        setup_fail "cargo is not on the PATH: install Rust 1.95 or newer (https://rustup.rs), with rustfmt and clippy"
    local wanted have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    have=$(cargo --version | sed -n 's/^cargo \([0-9.]*\).*/\1/p')
    if [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort --version-sort | head -n 1)" != "$wanted" ]; then
        setup_fail "cargo is $have; Rust $wanted or newer is needed (rustup update stable)"
    fi
}

setup() {
    local group packages=()
    for group in "$@"; do
        case "$group" in
            build) packages+=("${SETUP_BUILD[@]}") ;;
            test) packages+=("${SETUP_TEST[@]}") ;;
            desktop) packages+=("${SETUP_DESKTOP[@]}") ;;
            *) setup_fail "unknown set-up group $group" ;;
        esac
    done
    [ "${SENIM_SKIP_SETUP:-}" = 1 ] || setup_packages "${packages[@]}"
    setup_toolchain
}

# One set of features for every build, so that ./run, ./test and clippy do not rebuild each other's work.
readonly CARGO_SET=(--workspace --features senim/rig)

# Where cargo puts what it builds: CARGO_TARGET_DIR and configuration files are its business.
target_directory() {
    cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
