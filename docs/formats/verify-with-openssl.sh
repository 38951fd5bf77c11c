#!/bin/bash
# Verifies the rows of an export with nothing but bash, coreutils, sed and openssl. It shares no code with Senim.
#
#   verify-with-openssl.sh DIR CA.pem
#
# DIR/operations.jsonl holds one compact JWS (ES256) a line. Checked for every row:
#   - strict base64url, the closed header and the closed canonical payload;
#   - dense seq, prev = SHA-256 of the row before, one terminal, one profile;
#   - the signature: by the identity key for a KeyEpoch row, by the key that the last KeyEpoch row certifies for others;
#   - for a KeyEpoch row: the certificate leads to CA.pem at the row's time, is a TLS client's and names the terminal,
#     and the new key has signed its proof.
# Not checked here: checkpoint.note and --expect (`senim-gateway verify` does), the fields inside `public`, sealed parts.
#
# Prints a line of JSON. Exit codes: 0 good, 1 finding, 2 usage, 4 environment.
set -u
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
[ $# -eq 2 ] || { say "usage: verify-with-openssl.sh DIR CA.pem"; exit 2; }
rows=$1/operations.jsonl
ca=$2
for program in openssl sed base64 od date mktemp tr; do
  command -v "$program" >/dev/null || { say "$program is missing; install it"; exit 4; }
done
[ -r "$rows" ] || { say "cannot read $rows"; exit 4; }
[ -r "$ca" ] || { say "cannot read $ca"; exit 4; }
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

count=0 seq='' first='' prev='' terminal='' profile='' epoch='' kid=''

finding() {
  printf '{"result":"finding","row":%s,"code":"%s"}\n' "$count" "$1"
  say "row $count of the file: $1${2:+: $2}"
  exit 1
}

# base64url on stdin of a JWS to bytes; the caller has checked the alphabet.
unbase64url() {
  local text=$1
  text=${text//-/+}
  text=${text//_//}
  case $((${#text} % 4)) in
    2) text=$text== ;;
    3) text=$text= ;;
    1) return 1 ;;
  esac
  printf '%s' "$text" | base64 -d 2>/dev/null
}
tobase64url() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
sha256url() { openssl dgst -sha256 -binary | tobase64url; }
tohex() { od -An -v -tx1 | tr -d ' \n'; }
fromhex() { printf '%b' "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }

# strict URLTEXT FILE: decodes, and encodes again to see that no bit was left over.
strict() {
  unbase64url "$1" >"$2" || return 1
  [ "$(tobase64url <"$2")" = "$1" ]
}

# DER of one 32-byte half of a signature, in hexadecimal.
der_integer() {
  local digits=$1
  while [ ${#digits} -gt 2 ] && [ "${digits:0:2}" = 00 ]; do digits=${digits:2}; done
  case $digits in [89a-f]*) digits=00$digits ;; esac
  printf '02%02x%s' $((${#digits} / 2)) "$digits"
}

# verify KEY.pem SIGNATURE_FILE (64 bytes) TEXT_FILE
verify() {
  local raw content
  raw=$(tohex <"$2")
  [ ${#raw} -eq 128 ] || return 1
  content=$(der_integer "${raw:0:64}")$(der_integer "${raw:64}")
  fromhex "30$(printf '%02x' $((${#content} / 2)))$content" >"$work/signature.der"
  openssl dgst -sha256 -verify "$1" -signature "$work/signature.der" "$3" >/dev/null 2>&1
}

# key_pem X Y: SubjectPublicKeyInfo of a P-256 key.
key_pem() {
  local x y
  strict "$1" "$work/x" && strict "$2" "$work/y" || return 1
  x=$(tohex <"$work/x") y=$(tohex <"$work/y")
  [ ${#x} -eq 64 ] && [ ${#y} -eq 64 ] || return 1
  printf '%s\n' '-----BEGIN PUBLIC KEY-----'
  fromhex "3059301306072a8648ce3d020106082a8648ce3d03010703420004$x$y" | base64 -w64
  printf '%s\n' '-----END PUBLIC KEY-----'
}

thumbprint() { printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$1" "$2" | sha256url; }

# Canonical JSON has one order of keys and escapes every quote inside a text, so the fields can be cut out by position.
text='[^"\\]{1,64}'
number='(0|[1-9][0-9]{0,15})'
hash='[A-Za-z0-9_-]{43}'
uuid='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z'
head_form="^\\{\"at\":\"($time)\",\"boot\":\"$text\",\"clock_quality\":\"(trusted|estimated)\",\"epoch\":$number,\
\"firmware\":\"$text\",\"kind\":\"($text)\",\"mono_ms\":$number,\"op_id\":\"$uuid\",\"prev\":\"($hash)\",\
\"profile\":\"(production|rig)\",\"public\":(\\{.*)$"
tail_form="^(.*\\}),\"rule_pack\":$number(,\"sealed\":\\{\"bytes\":$number,\"kid\":\"$hash\",\"sha256\":\"$hash\"\\})?,\
\"seq\":$number(,\"session\":\"$uuid\")?,\"terminal\":\"([a-z0-9-]{1,32})\",\"ver\":1\\}$"
header_form="^\\{\"alg\":\"ES256\",\"kid\":\"($hash)\",\"typ\":\"senim-op\\+jws\"(,\"x5c\":\\[(.*)\\])?\\}$"
epoch_form="^\\{\"jwk\":\\{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"($hash)\",\"y\":\"($hash)\"\\},\
\"proof\":\"([A-Za-z0-9_-]{86})\"\\}$"

# The certificates in a file: the moment nearest to $1 that all of them allow.
nearest() { # moment, file
  local at=$1 part begins ends
  for part in "$work"/one-*.pem; do rm -f "$part"; done
  csplit --quiet --elide-empty-files --prefix="$work/one-" --suffix-format='%02d.pem' "$2" '/BEGIN CERTIFICATE/' '{*}'
  for part in "$work"/one-*.pem; do
    begins=$(date -u -d "$(openssl x509 -in "$part" -noout -startdate | cut -d= -f2)" +%s)
    ends=$(date -u -d "$(openssl x509 -in "$part" -noout -enddate | cut -d= -f2)" +%s)
    [ "$at" -ge "$begins" ] || at=$begins
    [ "$at" -le "$ends" ] || at=$ends
  done
  printf '%s' "$at"
}

certificates() { # x5c, the row's time, what its clock was worth: writes identity.pem, sets identity_kid
  local certificate number=0 at name key
  at=$(date -u -d "$2" +%s) || finding badForm "its time"
  : >"$work/chain.pem"
  [[ $1 =~ ^\"[A-Za-z0-9+/=]+\"(,\"[A-Za-z0-9+/=]+\")*$ ]] || finding untrusted "x5c is not base64"
  for certificate in $(printf '%s' "$1" | tr -d '"' | tr ',' ' '); do
    {
      printf '%s\n' '-----BEGIN CERTIFICATE-----'
      printf '%s' "$certificate" | base64 -d 2>/dev/null | base64 -w64
      printf '%s\n' '-----END CERTIFICATE-----'
    } >"$work/certificate.pem"
    if [ $number -eq 0 ]; then mv "$work/certificate.pem" "$work/leaf.pem"
    else cat "$work/certificate.pem" >>"$work/chain.pem"; fi
    number=$((number + 1))
  done
  # A clock that nobody set does not judge a certificate; what the MFO cosigned does (verify.py compares that too).
  [ "$3" != estimated ] || at=$(cat "$work/leaf.pem" "$work/chain.pem" >"$work/all.pem" && nearest "$at" "$work/all.pem")
  local untrusted=()
  [ -s "$work/chain.pem" ] && untrusted=(-untrusted "$work/chain.pem")
  openssl verify -CAfile "$ca" -no-CApath -no-CAstore -attime "$at" -purpose sslclient "${untrusted[@]}" \
    "$work/leaf.pem" >/dev/null 2>"$work/why" || finding untrusted "$(sed -n 1,2p "$work/why" | tr '\n' ' ')"
  case $(openssl x509 -in "$work/leaf.pem" -noout -ext extendedKeyUsage 2>/dev/null) in
    *'TLS Web Client Authentication'*) ;;
    *) finding badKeyEpoch "the certificate is not one of a terminal" ;;
  esac
  name=$(openssl x509 -in "$work/leaf.pem" -noout -subject -nameopt multiline,utf8 |
    sed -n 's/^ *commonName *= *//p')
  [ "$name" = "$terminal" ] || finding badKeyEpoch "the certificate names $name"
  openssl x509 -in "$work/leaf.pem" -noout -pubkey >"$work/identity.pem"
  key=$(openssl pkey -pubin -in "$work/identity.pem" -outform DER 2>/dev/null | tohex)
  case $key in
    3059301306072a8648ce3d020106082a8648ce3d03010703420004*) key=${key#*034200}; key=${key:2} ;;
    *) finding untrusted "the certificate's key is not P-256" ;;
  esac
  identity_kid=$(thumbprint "$(fromhex "${key:0:64}" | tobase64url)" "$(fromhex "${key:64}" | tobase64url)")
}

while IFS= read -r row || [ -n "$row" ]; do
  [[ $row =~ ^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$ ]] || finding badForm "not a compact JWS"
  header64=${BASH_REMATCH[1]} payload64=${BASH_REMATCH[2]} signature64=${BASH_REMATCH[3]}
  # Through a variable and back: leftover bits, zero bytes and trailing newlines all show.
  header=$(unbase64url "$header64" | tr '\0' '\n') payload=$(unbase64url "$payload64" | tr '\0' '\n')
  [ "$(printf '%s' "$header" | tobase64url)" = "$header64" ] &&
    [ "$(printf '%s' "$payload" | tobase64url)" = "$payload64" ] && strict "$signature64" "$work/signature" ||
    finding badForm "not strict base64url"
  printf '%s' "$header64.$payload64" >"$work/input"

  [[ $header =~ $header_form ]] || finding badForm "the header"
  row_kid=${BASH_REMATCH[1]} x5c=${BASH_REMATCH[3]}
  [[ $payload =~ $head_form ]] || finding badForm "the payload"
  at=${BASH_REMATCH[1]} quality=${BASH_REMATCH[2]} row_epoch=${BASH_REMATCH[3]} kind=${BASH_REMATCH[4]} row_prev=${BASH_REMATCH[6]}
  row_profile=${BASH_REMATCH[7]} rest=${BASH_REMATCH[8]}
  [[ $rest =~ $tail_form ]] || finding badForm "the payload's end"
  public=${BASH_REMATCH[1]} row_seq=${BASH_REMATCH[5]} row_terminal=${BASH_REMATCH[7]}

  if [ -z "$seq" ]; then
    first=$row_seq seq=$row_seq terminal=$row_terminal profile=$row_profile prev=$row_prev
    if [ "$seq" -eq 0 ]; then prev=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; fi
  fi
  [ "$row_terminal" = "$terminal" ] || finding wrongTerminal "$row_terminal"
  [ "$row_profile" = "$profile" ] || finding wrongProfile "$row_profile"
  [ "$row_seq" = "$seq" ] || finding gap "expected $seq, found $row_seq"

  if [ "$kind" = KeyEpoch ]; then
    [ -n "$x5c" ] || finding badKeyEpoch "it carries no certificates"
    certificates "$x5c" "$at" "$quality"
    [ "$row_kid" = "$identity_kid" ] || finding wrongKey
    verify "$work/identity.pem" "$work/signature" "$work/input" || finding badSignature
    [ "$row_epoch" = "$row_seq" ] || finding wrongEpoch
    [[ $public =~ $epoch_form ]] || finding badKeyEpoch "its fields"
    x=${BASH_REMATCH[1]} y=${BASH_REMATCH[2]} proof=${BASH_REMATCH[3]}
    key_pem "$x" "$y" >"$work/journal.pem" || finding badKeyEpoch "its key"
    strict "$proof" "$work/proof" || finding badKeyEpoch "its proof"
    printf 'senim-key-epoch:%s' "$terminal" >"$work/proved"
    verify "$work/journal.pem" "$work/proof" "$work/proved" || finding badKeyEpoch "its proof"
    epoch=$row_epoch kid=$(thumbprint "$x" "$y")
  else
    [ -z "$x5c" ] || finding badKeyEpoch "only a KeyEpoch row carries certificates"
    [ -n "$epoch" ] || finding wrongKey "the export does not begin with a KeyEpoch row"
    [ "$row_epoch" = "$epoch" ] || finding wrongEpoch
    [ "$row_kid" = "$kid" ] || finding wrongKey
    verify "$work/journal.pem" "$work/signature" "$work/input" || finding badSignature
  fi
  [ "$row_prev" = "$prev" ] || finding fork

  prev=$(printf '%s' "$row" | sha256url)
  seq=$((seq + 1))
  count=$((count + 1))
done <"$rows"

[ "$count" -gt 0 ] || finding badForm "there are no rows"
printf '{"result":"good","terminal":"%s","first_seq":%s,"rows":%s,"head":"%s"}\n' "$terminal" "$first" "$count" "$prev"
