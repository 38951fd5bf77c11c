# shellcheck shell=bash
# Builds the Debian packages. Sourced, from the root of the tree, after setup.sh and faces.sh.

# What makes a package of a crate's build.
readonly CARGO_DEB=3.8.0

# packages_tool: cargo-deb, from the registry, among what is built.
packages_tool() {
    local place
    place=$(target_directory)/tools
    PATH="$place/bin:$PATH"
    [ "$(cargo-deb --version 2>/dev/null)" = "cargo-deb $CARGO_DEB" ] ||
        cargo install cargo-deb --version "$CARGO_DEB" --locked --quiet --root "$place" --target-dir "$place/build"
}

# packages_made DIRECTORY OUT CRATE ARGUMENT…: the package of a crate whose programs were built into DIRECTORY.
packages_made() {
    local directory=$1 out=$2 crate=$3
    shift 3
    CARGO_TARGET_DIR=$directory cargo-deb --quiet --no-build --package "$crate" --output "$out/" "$@"
}

# build_packages service|rig OUT
build_packages() {
    local profile=$1 out=$2 built service version
    built=$(target_directory)
    service=$built/release-senim
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
    # The same tree gives the same package: times in it are the commit's.
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
    export SOURCE_DATE_EPOCH
    packages_tool || return 1
    rm -rf "$out"
    mkdir -p "$out"

    cargo build --release "${CARGO_SET[@]}" --bin senim --bin senim-gateway --bin senim-simulator || return 1
    packages_models "$built/release"
    packages_made "$built" "$out" senim-gateway &&
        packages_made "$built" "$out" senim-simulator || return 1
    if [ "$profile" = rig ]; then
        packages_made "$built" "$out" senim --deb-version "$version-1+rig"
    else
        service_build "$service" || return 1
        packages_models "$service/release"
        packages_made "$service" "$out" senim
    fi
}

# packages_models PLACE: the models of faces, beside the programs that a package takes.
packages_models() {
    rm -rf "$1/models"
    cp -r "$SENIM_MODELS" "$1/models"
    rm -f "$1/models/made-from"
}
