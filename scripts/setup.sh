# shellcheck shell=bash
# Set-up shared by ./run and ./test: the Debian packages that the build and the programs need, and a Rust toolchain.
# Sourced, from the root of the tree. Decides what is missing and installs it when root; builds nothing.
#
#   setup build            packages to build and to run without a display
#   setup build test       and those that only tests use
#   setup build test peers and programs of others that tests run against the emulated devices; only these may be missing
#                          afterwards, with a notice, when the package mirror is away
#   setup build desktop    and those of a window on X11
#   setup build desktop window   and an X server without a display, and hands for it
#   setup build service    and those of the firmware as it is shipped, which draws on the board's panel
#   setup build service package   and those that Debian packages are made with
#   setup root             what installs and boots such packages
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
    python3-venv          # converts the face models, runs the peers of PyPI and npm: scripts/faces.sh, scripts/peers.sh
)
readonly SETUP_TEST=(
    chromium              # clicks through the desk's pages
    jose                  # an independent reader of our JWS and JWE
    softhsm2              # a PKCS#11 token
    swtpm                 # a TPM 2.0
    systemd               # judges what the packages' units leave open
    libtpm2-pkcs11-1 libtss2-tcti-swtpm0 # and the PKCS#11 module in front of it
    espeak-ng             # the voice in the headphones
    oathtool              # makes codes for signing in to the desk
    opensc                # pkcs11-tool initialises that token
    poppler-utils         # reads our PDF/A
    strace                # holds the terminal's syncs for seconds in a bench of the screen
    faketime              # hours and days go by at once in journeys of real processes
    curl                  # enrols terminals by EST
    ffmpeg                # decodes the video of known head motions
    postgresql            # throw-away clusters for the gateway's other store
)
readonly SETUP_PEERS=(
    gpsd                  # reads the emulated GNSS receiver
    libnfc-bin            # nfc-list finds cards in the emulated PN532
    nut-client            # upsc, upsrw
    nut-server            # upsd and dummy-ups, which our driver asks
    pcscd libccid         # drive the emulated GemPC Twin
    vsmartcard-vpicc      # vicc is a card
)
readonly SETUP_SERVICE=(
    libinput-dev libudev-dev libxkbcommon-dev # touches and keys of a board without a window system
)
readonly SETUP_PACKAGE=(
    dpkg-dev              # which libraries a program needs
)
readonly SETUP_ROOT=(
    mmdebstrap            # a bare Debian root
    systemd-container     # boots it
)
readonly SETUP_DESKTOP=(
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0
)
readonly SETUP_WINDOW=(
    xvfb                  # an X server whose screen is memory
    xdotool               # moves its mouse and presses its keys
)

setup_say() { printf 'set-up: %s\n' "$*" >&2; }

setup_fail() {
    setup_say "$@"
    exit 4
}

setup_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Whether the peers' packages had to be left out.
SETUP_LEFT_OUT=no

# What must not be overlooked.
setup_notice() { printf '\n*** %s\n\n' "$*" >&2; }

# Whether the output of apt-get, pip or npm in a file shows that the other side could not be reached.
setup_away() {
    grep --quiet --ignore-case --extended-regexp \
        -e 'could not (resolve|connect)|unable to connect|cannot connect|failed to establish a new connection' \
        -e 'name resolution|failure resolving|network is unreachable|no route to host|tunnel connection failed' \
        -e 'connection (failed|refused|reset|timed out|aborted)|connecttimeout|read timed out' \
        -e 'error 50[234]|50[234] +(server error|bad gateway|service unavailable|gateway time)|code E50[234]' \
        -e 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH' "$1"
}

# setup_missing PACKAGE…: those that are not installed.
setup_missing() {
    local package
    for package in "$@"; do
        setup_installed "$package" || printf '%s\n' "$package"
    done
}

setup_install() {
    apt-get install --yes --quiet=2 --no-install-recommends "$@" </dev/null >&2
}

# setup_packages NEEDED… -- PEER…
setup_packages() {
    local needed=() peers=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        needed+=("$1")
        shift
    done
    shift
    if ! command -v dpkg-query >/dev/null; then
        setup_fail "this is not a Debian system; install what these Debian 12 packages hold: ${needed[*]} $*." \
            "Then run again with SENIM_SKIP_SETUP=1"
    fi
    mapfile -t needed < <(setup_missing "${needed[@]}")
    mapfile -t peers < <(setup_missing "$@")
    local missing=("${needed[@]}" "${peers[@]}")
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
    local log
    log=$(mktemp)
    apt-get update --quiet=2 >"$log" 2>&1 || [ ${#needed[@]} -eq 0 ] || {
        cat "$log" >&2
        setup_fail "apt-get update failed: is the network or the package mirror there?"
    }
    [ ${#needed[@]} -eq 0 ] || setup_install "${needed[@]}" ||
        setup_fail "apt-get could not install ${needed[*]}; its message is above"
    [ ${#peers[@]} -eq 0 ] || setup_peers "$log" "${peers[@]}"
    rm -f "$log"
}

# setup_peers LOG PACKAGE…: LOG is of apt-get update.
setup_peers() {
    local log=$1
    shift
    # gpsd's rules give it every CP210x and PL2303 adapter that is plugged in, which may lead to a dispenser; this hides them
    # as udev documents it. Its sockets and pcscd's are harmless, and nut-server stays off until configured.
    if [[ " $* " == *" gpsd "* ]] && [ ! -e /etc/udev/rules.d/60-gpsd.rules ]; then
        mkdir -p /etc/udev/rules.d
        ln -s /dev/null /etc/udev/rules.d/60-gpsd.rules
    fi
    setup_install "$@" 2>&1 | tee -a "$log" >&2 && return 0
    setup_away "$log" || setup_fail "apt-get could not install $*; its message is above"
    SETUP_LEFT_OUT=yes
    setup_notice "the package mirror is away; tests do without the peers $*"
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
    local group packages=() peers=()
    for group in "$@"; do
        case "$group" in
            build) packages+=("${SETUP_BUILD[@]}") ;;
            test) packages+=("${SETUP_TEST[@]}") ;;
            peers) peers+=("${SETUP_PEERS[@]}") ;;
            desktop) packages+=("${SETUP_DESKTOP[@]}") ;;
            window) packages+=("${SETUP_WINDOW[@]}") ;;
            service) packages+=("${SETUP_SERVICE[@]}") ;;
            package) packages+=("${SETUP_PACKAGE[@]}") ;;
            root) packages+=("${SETUP_ROOT[@]}") ;;
            *) setup_fail "unknown set-up group $group" ;;
        esac
    done
    [ "${SENIM_SKIP_SETUP:-}" = 1 ] || setup_packages "${packages[@]}" -- "${peers[@]}"
    setup_toolchain
}

# One set of features for every build, so that ./run, ./test and clippy do not rebuild each other's work.
readonly CARGO_SET=(--workspace --features senim/rig)

# Where cargo puts what it builds: CARGO_TARGET_DIR and configuration files are its business.
target_directory() {
    cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
