#!/bin/bash
# Looks, as root of a freshly booted Debian, at what the packages brought, and has a loan paid. One line for each thing seen;
# ends with the first that is not as it should be.
set -euo pipefail

seen() { printf 'seen: %s\n' "$*"; }
wrong() {
    printf 'WRONG: %s\n' "$*"
    exit 1
}

# owned PATH OWNER:GROUP MODE
owned() {
    local found
    found=$(stat --format='%U:%G %a' "$1")
    [ "$found" = "$2 $3" ] || wrong "$1 is $found, not $2 $3"
}

declare -A configuration=([senim]=770 [senim-gateway]=750)
for unit in senim senim-gateway; do
    [ "$(systemctl is-enabled "$unit")" = enabled ] || wrong "$unit does not start by itself"
    [ "$(systemctl show --property=ConditionResult --value "$unit")" = no ] || wrong "$unit ran before it was set up"
    [ "$(getent passwd "$unit" | cut -d: -f7)" = /usr/sbin/nologin ] || wrong "$unit may log in"
    owned "/var/lib/$unit" "$unit:$unit" 700
    owned "/etc/$unit" "root:$unit" "${configuration[$unit]}"
    verified=$(systemd-analyze verify "$unit.service" 2>&1 | grep "$unit" || true)
    [ -z "$verified" ] || wrong "$verified"
    judged=$(systemd-analyze security --no-pager --threshold=20 "$unit.service" | tail -n 1) || wrong "$judged"
    seen "$unit waits to be set up; ${judged#* }"
done

# The manager of devices reads our rules without a complaint, and would have complained.
mkdir -p /run/udev/rules.d
complaints() { udevadm test /sys/class/mem/null 2>&1 | grep "$1" | grep --invert-match Reading || true; }
[ -z "$(complaints 60-senim.rules)" ] || wrong "$(complaints 60-senim.rules)"
printf 'SUBSYSTEM=="gpio", GRUOP="senim"\n' >/run/udev/rules.d/61-planted.rules
[ -n "$(complaints 61-planted.rules)" ] || wrong "a rule with a mistake went unnoticed"
rm /run/udev/rules.d/61-planted.rules
seen "rules for devices are read without a complaint"

senim --version
senim-gateway --version

# The gateway under its unit: what the unit forbids it does not need.
cat >/etc/senim-gateway/gateway.toml <<'TOML'
listen = "127.0.0.1:8443"
store = "sqlite:/var/lib/senim-gateway/gateway.db"
keys = "/var/lib/senim-gateway/keys"
profile = "rig"
[est]
listen = "127.0.0.1:8444"
[connectors]
core_url = "http://127.0.0.1:9"
match_url = "http://127.0.0.1:9"
sms_url = "http://127.0.0.1:9"
TOML
chown root:senim-gateway /etc/senim-gateway/gateway.toml
chmod 640 /etc/senim-gateway/gateway.toml
systemctl start senim-gateway
for _ in $(seq 60); do
    said=$(journalctl --boot --unit=senim-gateway --output=cat | grep '"listening"') && break
    sleep 1
done
[ -n "$said" ] || wrong "the gateway does not listen: $(journalctl --boot --unit=senim-gateway --output=cat | tail -n 20)"
systemctl is-active --quiet senim-gateway || wrong "the gateway went away"
owned /var/lib/senim-gateway/gateway.db senim-gateway:senim-gateway 600
seen "the gateway serves under its unit: $said"

journey=/srv/first-loan
mkdir -m 700 "$journey"
chown nobody "$journey"
runuser -u nobody -- senim-simulator journey first-loan --lang kk --out "$journey/out" || {
    tail -n 40 "$journey"/out/logs/* || true
    wrong "no loan was paid"
}
grep --quiet '"result": "ok"' "$journey/out/summary.json" || wrong "$(cat "$journey/out/summary.json")"
seen "a first loan was paid"

# Only a rig's terminal may meet emulated devices.
[[ $(dpkg-query --show --showformat='${Version}' senim) == *+rig ]] || exit 0

# The unit with all its limits, on the stage of a journey: its configuration is the stage's, and its words go there.
room=/run/senim-check
stage=/var/lib/senim/stage
works=$stage/work
install --directory --owner=senim --mode=700 "$room"
install --owner=senim --mode=600 /dev/null "$room/said"
install --directory /srv/programs /etc/systemd/system/senim.service.d
ln --symbolic /usr/bin/senim-gateway /usr/lib/senim-simulator/bin/senim-simulator /srv/programs/
install -m 755 /usr/local/lib/senim-by-its-unit /srv/programs/senim
cat >/etc/systemd/system/senim.service.d/stage.conf <<UNIT
[Unit]
ConditionPathExists=
[Service]
ExecStart=
ExecStart=/usr/bin/senim run --config $works/senim.toml
StandardOutput=append:$room/said
StandardError=journal
UNIT
systemctl daemon-reload
by_its_unit() {
    while sleep 0.2; do
        [ ! -e "$room/start" ] || { rm "$room/start" && systemctl start senim; }
        [ ! -e "$room/stop" ] || {
            rm "$room/stop"
            systemctl stop senim
            systemctl show --property=Result --value senim >"$room/stopped"
        }
    done
}
by_its_unit &
runuser -u senim -- env SENIM_BIN_DIR=/srv/programs SENIM_MODELS=/usr/share/senim/models \
    senim-simulator journey first-loan --commission --lang ru --out "$stage" || {
    journalctl --boot --unit=senim --output=cat | tail -n 20
    tail -n 20 "$stage"/logs/*.log
    wrong "no loan was paid by the terminal under its unit"
}
kill %1
grep --quiet '"result": "ok"' "$stage/summary.json" || wrong "$(cat "$stage/summary.json")"
grep --quiet '"ready":true' "$room/said" || wrong "the unit was not what ran"
[ "$(cat "$room/stopped")" = success ] || wrong "the unit ended with $(cat "$room/stopped")"
seen "a terminal that was commissioned by a code paid a first loan under its own unit"
