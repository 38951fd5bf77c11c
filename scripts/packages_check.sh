# shellcheck shell=bash
# Installs built packages into a bare Debian root, boots that with its own systemd and looks what a board would show. Sourced,
# from the root of the tree, after setup.sh.

# Debian as ARCHITECTURE.md and the packages mean it.
readonly CHECK_SUITE=bookworm
# Longest life of the booted root, seconds: a loan is paid in it on a busy machine.
readonly CHECK_SECONDS=1200

# packages_check PACKAGES LOG: 0 when scripts/packages/inside.sh saw what it should; what it saw is in LOG.
packages_check() {
    local packages=$1 log=$2 root included code=0
    [ "$(id -u)" -eq 0 ] || setup_fail "a Debian root is made and booted by root only"
    root=$(mktemp --directory --tmpdir senim-root-XXXXXX)
    chmod 755 "$root"
    included=$(printf ',%s' "$(realpath "$packages")"/*.deb)
    check_root "$root" "systemd-sysv,udev$included" && check_boot "$root" || code=$?
    cp "$root/var/log/senim-check.log" "$log" 2>/dev/null || code=1
    rm -rf --one-file-system "$root"
    return "$code"
}

# check_root ROOT PACKAGES: Debian with nothing but what it needs and these packages, installed with their scripts.
check_root() {
    mmdebstrap --quiet --variant=minbase --include="$2" \
        --hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount \
        "$CHECK_SUITE" "$1" /etc/apt/sources.list.d/debian.sources || return 1
    install -m 755 scripts/packages/inside.sh "$1/usr/local/sbin/senim-check"
    install -m 755 scripts/packages/senim-by-its-unit.sh "$1/usr/local/lib/senim-by-its-unit"
    install -m 644 scripts/packages/senim-check.service "$1/etc/systemd/system/"
    mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
    ln -s ../senim-check.service "$1/etc/systemd/system/multi-user.target.wants/"
}

# check_boot ROOT: boots it without any network but its own; ends as the check inside ended.
check_boot() {
    # The container's manager wants its propagation folder in memory, which /run is not everywhere.
    unshare --mount sh -eu -c '
        mount -t tmpfs tmpfs /run
        exec timeout --kill-after=60 "$1" systemd-nspawn --quiet --directory="$2" --machine=senim-check --boot \
            --private-network --register=no --keep-unit --link-journal=no --console=pipe
    ' boot "$CHECK_SECONDS" "$1" >/dev/null
}
