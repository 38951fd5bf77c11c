#!/bin/bash
# Stands for the firmware on the stage of a journey in a booted root: what is to run is run by the installed package's unit, as
# scripts/packages/inside.sh lets it; any other command by the installed program.
set -euo pipefail
[ "$1" = run ] || exec /usr/bin/senim "$@"
room=/run/senim-check
: >"$room/start"
trap ': >"$room/stop"' TERM
tail --follow --lines=+1 "$room/said" &
# The stage waits for an orderly end.
while [ ! -e "$room/stopped" ]; do sleep 0.1; done
kill %1
