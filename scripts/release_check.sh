# shellcheck shell=bash
# What a release must not hold, looked for in the very file that would be shipped. Sourced by ./test long.
#
# Each text that must be absent from the release must be present in the rig build made before: a text that is in
# neither proves nothing, so that counts as a failure too.

readonly RIG_ONLY_TEXTS=(
    "tiny_http"                 # the loopback control's server
    "i-slint-backend-testing"   # finding elements for the control
    "nobody stands at"          # measures of a person who stands before no camera
)

# service_build DIRECTORY: the firmware as it is shipped, drawing on the board's panel.
service_build() {
    cargo build --release --package senim --bin senim --features kms --target-dir "$1"
}

release_check() {
    local directory rig release text found=0
    directory=$(target_directory)/release-senim
    rig=$(target_directory)/debug/senim
    release=$directory/release/senim

    service_build "$directory" || return 1
    for text in "${RIG_ONLY_TEXTS[@]}"; do
        if ! grep --quiet --text --fixed-strings -- "$text" "$rig"; then
            printf 'release: "%s" is not even in the rig build, so its absence proves nothing\n' "$text"
            found=1
        fi
        if grep --quiet --text --fixed-strings -- "$text" "$release"; then
            printf 'release: %s holds "%s"\n' "$release" "$text"
            found=1
        fi
    done
    refuses_rig_settings "$release" || found=1
    # The crates that open ports and read configurations, built as in the release: their tests say that PTYs are refused.
    cargo test --release --lib --package senim --package senim-linux --target-dir "$directory" || found=1
    return "$found"
}

# refuses_rig_settings PROGRAM: configurations that are right for a rig end with 4 and the name of the key.
refuses_rig_settings() {
    local folder key failed_here=0 code said
    folder=$(mktemp -d)
    for key in 'rig' 'identity.key' 'camera.source'; do
        release_configuration "$key" >"$folder/$key.toml"
        code=0
        said=$("$1" check --config "$folder/$key.toml" 2>&1) || code=$?
        if [ "$code" -ne 4 ] || ! grep --quiet --word-regexp -- "${key##*.}\|files" <<<"$said"; then
            printf 'release: %s was not refused by name: exit %s, %s\n' "$key" "$code" "$said"
            failed_here=1
        fi
    done
    rm -rf "$folder"
    return "$failed_here"
}

# release_configuration KEY: a configuration of a release with one setting of the rig in it.
release_configuration() {
    printf 'terminal = "t-1"\ndata_dir = "data"\n'
    printf '[identity]\nchain = "c.pem"\nca = "ca.pem"\nseal = "s.json"\ncosigner = "co.pem"\n'
    [ "$1" != identity.key ] || printf 'key = "k.pem"\n'
    printf '[gateway]\nurl = "https://localhost:1"\n'
    printf '[dispenser]\ndriver = "lcdm4000"\n[dispenser.line]\npath = "/dev/ttyS1"\n'
    printf '[printer]\ndriver = "escpos"\n[printer.line]\npath = "/dev/ttyS2"\n'
    if [ "$1" = camera.source ]; then
        printf '[camera]\nsource = "files"\ndirectory = "frames"\n'
    else
        printf '[camera]\nsource = "v4l"\nusb_topology = "1-1"\n'
    fi
    [ "$1" != rig ] || printf '[rig]\nhalt_at = "after:PayoutArmed:1"\n'
}
