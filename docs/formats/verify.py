#!/usr/bin/env python3
"""Verifies an export or a dossier of a Senim terminal. Shares no code with Senim.

    verify.py DIR --trust CA.pem [--expect SIZE:ROOT]
    verify.py --batch --trust CA.pem          directories on stdin, one a line; a line of JSON for each

Needs jwcrypto (signatures of rows) and cryptography (certificates, signatures of notes), both from PyPI. Rows are read one
by one: memory does not grow with them. The fields inside `public` are not judged; whoever signed them is.

Prints JSON. Exit codes: 0 good, 1 finding, 2 usage, 3 incomplete evidence, 4 environment.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from jwcrypto import jwk, jws

GENESIS = "A" * 43
MAX_ROW = 1 << 20
MAX_INTEGER = 2**53 - 1
LABEL = re.compile(r'[ !#-\[\]-~]{1,64}\Z')
TERMINAL = re.compile(r"[a-z0-9-]{1,32}\Z")
TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{3}Z\Z")
HASH = re.compile(r"[A-Za-z0-9_-]{43}\Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
COSIGNER, COSIGNER_CN, MESSAGE_CN = "senim-gateway", "senim-gateway-cosigner", "senim-gateway-message"


class Finding(Exception):
    """Something is wrong: a code and a text for people."""


def need(condition, code, text):
    if not condition:
        raise Finding(code, text)


def sha256(data):
    return hashlib.sha256(data).digest()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def strict_b64url(text):
    """One spelling: alphabet, no padding, no bits left over."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        data = None
    need(data is not None and b64url(data) == text, "badForm", "not strict base64url")
    return data


def strict_b64(text, code="badForm"):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = None
    need(data is not None and base64.b64encode(data).decode() == text, code, "not strict base64")
    return data


def no_duplicates(pairs):
    fields = dict(pairs)
    need(len(fields) == len(pairs), "badForm", "a key stands twice")
    return fields


def no_float(text):
    raise Finding("badForm", f"the number {text} is not an integer")


def read_json(data, code):
    try:
        text = data.decode("utf-8")
        return json.loads(text, object_pairs_hook=no_duplicates, parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError) as error:
        raise Finding(code, f"not JSON: {error}") from None


def canonical(value):
    """RFC 8785 for objects, arrays, strings, booleans, null and integers up to 2^53 - 1."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        need(abs(value) <= MAX_INTEGER, "badForm", "an integer is too large")
    return json.dumps(value, ensure_ascii=False)


def read_canonical(data):
    value = read_json(data, "badForm")
    try:
        same = canonical(value).encode("utf-8") == data
    except UnicodeEncodeError:
        same = False
    need(same, "badForm", "not canonical JSON")
    need(isinstance(value, dict), "badForm", "not an object")
    return value


def read_small(path, code):
    """range.json, jwks.json: two spaces of indentation, the order of the schema, a newline at the end."""
    with open(path, "rb") as file:
        data = file.read(4 << 20)
    value = read_json(data, code)
    try:
        same = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode() == data
    except UnicodeEncodeError:
        same = False
    need(same and isinstance(value, dict), code, "not written in the one agreed way")
    return value


# ---- certificates and signatures


class Trust:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.anchors = x509.load_pem_x509_certificates(file.read())

    def verify(self, x5c, at, latest=None):
        """The leaf of a chain that leads to an anchor at that moment; with `latest`, where the moment is only estimated, at
        the nearest one that all its certificates allow and that is not after `latest`."""
        need(isinstance(x5c, list) and 1 <= len(x5c) <= 5, "untrusted", "no chain, or a long one")
        try:
            chain = [x509.load_der_x509_certificate(strict_b64(item, "untrusted")) for item in x5c]
            if latest is not None:
                begins = max(one.not_valid_before_utc for one in chain)
                at = min(max(at, begins), min(one.not_valid_after_utc for one in chain))
                need(at <= latest, "untrusted", "the chain was not valid before it was cosigned")
            need(self.leads(chain, at), "untrusted", "the chain does not lead to the CA, or not at that time")
        except (ValueError, TypeError, AttributeError, x509.ExtensionNotFound, InvalidSignature) as error:
            raise Finding("untrusted", f"the chain cannot be used: {error}") from None
        return chain[0]

    def leads(self, chain, at):
        for place, certificate in enumerate(chain):
            if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
                return False
            if place and not self.may_issue(certificate, place - 1):
                return False
            if place + 1 < len(chain):
                certificate.verify_directly_issued_by(chain[place + 1])
        for anchor in self.anchors:
            try:
                chain[-1].verify_directly_issued_by(anchor)
                return True
            except (ValueError, TypeError, InvalidSignature):
                continue
        return False

    @staticmethod
    def may_issue(certificate, below):
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        return basic.ca and usage.key_cert_sign and (basic.path_length is None or basic.path_length >= below)


def common_name(certificate):
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    need(len(names) == 1, "untrusted", "not exactly one common name")
    return names[0].value


def key_of(certificate):
    """The P-256 key of a certificate as JWK fields."""
    key = certificate.public_key()
    curve = getattr(key, "curve", None)
    need(isinstance(curve, ec.SECP256R1), "untrusted", "the certificate's key is not P-256")
    numbers = key.public_numbers()
    x, y = (b64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def thumbprint(fields):
    return b64url(sha256(canonical(fields).encode()))


def public_key(fields):
    try:
        return jwk.JWK(**fields).get_op_key("verify")
    except (jwk.InvalidJWKValue, ValueError):
        raise Finding("wrongKey", "a key is not on the curve") from None


def spki(fields):
    return public_key(fields).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def verify_der(fields, message, signature, code, text):
    try:
        public_key(fields).verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise Finding(code, text) from None


# ---- the tree of RFC 6962


class Tree:
    def __init__(self, size=0, hashes_=()):
        self.size, self.hashes = size, list(hashes_)

    def append(self, leaf):
        node, size = sha256(b"\0" + leaf), self.size
        while size & 1:
            node, size = sha256(b"\1" + self.hashes.pop() + node), size >> 1
        self.hashes.append(node)
        self.size += 1

    def root(self):
        if not self.hashes:
            return sha256(b"")
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = sha256(b"\1" + left + node)
        return node


def root_by_path(leaf, index, size, path):
    """The root that an audit path leads to (RFC 9162, section 2.1.3.2); None when it does not fit the size."""
    node, last = sha256(b"\0" + leaf), size - 1
    for other in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = sha256(b"\1" + other + node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + other)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


# ---- the note


class Note:
    def __init__(self, data):
        try:
            note = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Finding("badCheckpoint", "not UTF-8") from None
        match = re.fullmatch(r"(senim/[a-z0-9-]{1,32})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n"
                             r"((?:— [^ +\n]+ [^ \n]+\n){1,16})", note)
        need(match, "badCheckpoint", "not in the agreed form")
        self.origin, self.size, self.root = match[1], int(match[2]), strict_b64(match[3], "badCheckpoint")
        self.text = f"{match[1]}\n{match[2]}\n{match[3]}\n"
        self.lines = []
        for line in match[4].splitlines():
            _, name, blob = line.split(" ")
            blob = strict_b64(blob, "badCheckpoint")
            self.lines.append((name, blob[:4], blob[4:]))

    def signed_by(self, key):
        """Whether the terminal's key has signed; a wrong signature is a finding."""
        def check(signature):
            verify_der(key, self.text.encode(), signature, "badCheckpoint", "a signature on the checkpoint is wrong")
        return self.line(self.origin, sha256(spki(key))[:4], check) is not None

    def cosigned_by(self, key):
        """Line and time of the gateway's cosignature by this key, or None."""
        key_id = sha256(COSIGNER.encode() + b"\n\xffsenim-ecdsa-p256-cosignature/v1" + spki(key))[:4]
        found = []

        def check(blob):
            seconds = int.from_bytes(blob[:8], "big")
            text = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
            verify_der(key, text, blob[8:], "badCosignature", "the cosignature is wrong")
            found.append(seconds)
        place = self.line(COSIGNER, key_id, check)
        return None if place is None else (place, EPOCH + timedelta(seconds=found[0]))

    def line(self, name, key_id, check):
        for place, (line_name, line_id, signature) in enumerate(self.lines):
            if (line_name, line_id) == (name, key_id):
                check(signature)
                return place
        return None


# ---- rows

def count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def label(value):
    return isinstance(value, str) and LABEL.match(value)


def is_hash(value):
    return isinstance(value, str) and HASH.match(value) and strict_b64url(value) is not None


def is_uuid(value):
    return isinstance(value, str) and UUID.match(value)


def is_terminal(value):
    return isinstance(value, str) and TERMINAL.match(value)


def is_sealed(value):
    return (isinstance(value, dict) and set(value) == {"bytes", "kid", "sha256"} and count(value["bytes"])
            and is_hash(value["kid"]) and is_hash(value["sha256"]))


def moment(text):
    try:
        need(isinstance(text, str) and TIME.match(text), "badForm", "a time")
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


ENVELOPE = {
    "at": moment, "boot": label, "clock_quality": ("trusted", "estimated").__contains__, "epoch": count,
    "firmware": label, "kind": label, "mono_ms": count, "op_id": is_uuid, "prev": is_hash,
    "profile": ("production", "rig").__contains__, "public": lambda value: isinstance(value, dict), "rule_pack": count,
    "seq": count, "terminal": is_terminal, "ver": lambda value: count(value) and value == 1,
}
OPTIONAL = {"session": is_uuid, "sealed": is_sealed}


def verify_compact(compact, key):
    token = jws.JWS()
    try:
        token.deserialize(compact)
        token.verify(jwk.JWK(**key), alg="ES256")
    except Exception:  # jwcrypto raises its own and Python's exceptions alike
        raise Finding("badSignature", "its signature is wrong") from None


class Row:
    """A line taken apart; nothing is verified yet."""

    def __init__(self, line):
        need(line.endswith(b"\n") and len(line) <= MAX_ROW + 1, "badForm", "the line does not end, or is too long")
        try:
            self.compact = line[:-1].decode("ascii")
        except UnicodeDecodeError:
            raise Finding("badForm", "not ASCII") from None
        parts = self.compact.split(".")
        need(len(parts) == 3, "badForm", "not a compact JWS")
        header, payload, signature = map(strict_b64url, parts)
        need(len(signature) == 64, "badForm", "the signature does not have 64 bytes")
        self.header, self.payload = read_canonical(header), read_canonical(payload)
        head, body = self.header, self.payload
        need(set(head) - {"x5c"} == {"alg", "kid", "typ"} and head["alg"] == "ES256" and is_hash(head["kid"]),
             "badForm", "the header")
        names = set(body) - set(OPTIONAL)
        need(names == set(ENVELOPE) and all(test(body[name]) for name, test in ENVELOPE.items())
             and all(test(body[name]) for name, test in OPTIONAL.items() if name in body), "badForm", "the payload")
        need(head["typ"] == "senim-op+jws" and body["epoch"] <= body["seq"], "badForm", "typ or epoch")
        self.seq, self.epoch = body["seq"], body["epoch"]
        self.begins_epoch = body["kind"] == "KeyEpoch"

    def verify(self, key):
        verify_compact(self.compact, key)

    def verify_epoch(self, trust, terminal, no_later):
        """The journal key that this KeyEpoch row makes known."""
        at, latest = moment(self.payload["at"]), no_later or datetime.max.replace(tzinfo=timezone.utc)
        estimated = self.payload["clock_quality"] == "estimated"
        leaf = trust.verify(self.header.get("x5c"), min(at, latest), latest if estimated else None)
        need(common_name(leaf) == terminal, "badKeyEpoch", "the certificate names another terminal")
        try:
            usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (ValueError, x509.ExtensionNotFound):
            usage = ()
        need(ExtendedKeyUsageOID.CLIENT_AUTH in usage, "badKeyEpoch", "the certificate is not one of a terminal")
        identity = key_of(leaf)
        need(self.header["kid"] == thumbprint(identity), "wrongKey", "signed by another key than the certificate's")
        self.verify(identity)
        need(self.epoch == self.seq, "wrongEpoch", "it names another key epoch")
        public = self.payload["public"]
        fields = public.get("jwk")
        need(set(public) == {"jwk", "proof"} and isinstance(fields, dict) and set(fields) == {"crv", "kty", "x", "y"}
             and fields["crv"] == "P-256" and fields["kty"] == "EC" and is_hash(fields["x"]) and is_hash(fields["y"])
             and isinstance(public["proof"], str), "badKeyEpoch", "its fields are wrong")
        proof = strict_b64url(public["proof"])
        need(len(proof) == 64, "badKeyEpoch", "its proof is not a signature")
        halves = (int.from_bytes(proof[:32], "big"), int.from_bytes(proof[32:], "big"))
        verify_der(fields, f"senim-key-epoch:{terminal}".encode(), encode_dss_signature(*halves), "badKeyEpoch",
                   "its proof is not by the key it certifies")
        return fields


# ---- an export


class Keys:
    """jwks.json: the identities in the order of their first KeyEpoch row, then the cosigners in the order of the note."""

    def __init__(self, entries, note, trust):
        need(isinstance(entries, list), "badKeys", "no list of keys")
        self.entries, self.identities, self.lines, self.cosigned_at = entries, 0, [], None
        for entry in entries:
            need(isinstance(entry, dict) and isinstance(entry.get("x5c"), list) and entry["x5c"], "badKeys", "no x5c")
            try:
                key = key_of(x509.load_der_x509_certificate(strict_b64(entry["x5c"][0], "badKeys")))
            except (ValueError, TypeError, AttributeError) as error:
                raise Finding("badKeys", str(error)) from None
            fields = {"kty": "EC", "crv": "P-256", "x": key["x"], "y": key["y"], "kid": thumbprint(key)}
            fields |= {"alg": "ES256", "use": "sig", "x5c": entry["x5c"]}
            need(list(entry.items()) == list(fields.items()), "badKeys", "key, kid and certificate differ")
            cosigned = note and note.cosigned_by(key)
            if cosigned:
                leaf = trust.verify(entry["x5c"], cosigned[1])
                need(common_name(leaf) == COSIGNER_CN, "badCosignature", "the cosigner is none")
                self.cosigned_at = self.cosigned_at or cosigned[1]
            self.lines.append(cosigned[0] if cosigned else None)

    def show(self, row):
        shown = [(entry["kid"], entry["x5c"]) for entry in self.entries[:self.identities + 1]]
        this = (row.header["kid"], row.header["x5c"])
        need(this in shown, "badKeys", "jwks.json does not hold the identity at its place")
        self.identities += this not in shown[:self.identities]

    def end(self, note):
        lines = [place for place, line in enumerate(note.lines if note else ()) if line[0] == COSIGNER]
        need(self.lines[self.identities:] == lines, "badKeys", "jwks.json holds other keys than rows and note need")


def verify_export(directory, trust, expect, report):
    def small(name, code):
        return read_small(os.path.join(directory, name), code)
    scope = small("range.json", "badRange")
    need(list(scope) == ["ver", "terminal", "profile", "first_seq", "next_seq", "prev", "pruned"]
         and scope["ver"] == 1 and count(scope["ver"]) and is_terminal(scope["terminal"])
         and count(scope["first_seq"]) and count(scope["next_seq"]) and is_hash(scope["prev"])
         and isinstance(scope["pruned"], dict) and list(scope["pruned"]) == ["size", "hashes"]
         and isinstance(scope["pruned"]["hashes"], list) and scope["pruned"]["size"] == scope["first_seq"]
         and len(scope["pruned"]["hashes"]) == bin(scope["first_seq"]).count("1")
         and (scope["first_seq"] == 0) == (scope["prev"] == GENESIS), "badRange", "range.json contradicts itself")
    roots = [strict_b64(text, "badRange") for text in scope["pruned"]["hashes"]]
    need(all(len(root) == 32 for root in roots), "badRange", "a hash of range.json")
    jwks = small("jwks.json", "badKeys")
    need(list(jwks) == ["keys"], "badKeys", "jwks.json")
    note = None
    if os.path.exists(os.path.join(directory, "checkpoint.note")):
        with open(os.path.join(directory, "checkpoint.note"), "rb") as file:
            note = Note(file.read(4 << 20))
        need(note.origin == "senim/" + scope["terminal"], "wrongTerminal", "the checkpoint is of another terminal")
    keys = Keys(jwks["keys"], note, trust)
    tree, prev, key, signed, met, known = Tree(scope["first_seq"], roots), scope["prev"], None, False, False, False
    report |= {"terminal": scope["terminal"], "rows": 0, "sealed_rows": 0, "size": tree.size}
    with open(os.path.join(directory, "operations.jsonl"), "rb") as file:
        while True:
            if note and note.size == tree.size:
                met = True
                need(note.root == tree.root(), "rootDiffers", "the rows are not those of the checkpoint")
            if expect and expect[0] == tree.size:
                known = True
                need(expect[1] == tree.root(), "expectDiffers", "the rows are not those expected")
            line = file.readline(MAX_ROW + 2)
            if not line:
                break
            row = Row(line)
            need(row.payload["terminal"] == scope["terminal"], "wrongTerminal", "of another terminal")
            need(row.payload["profile"] == scope["profile"], "wrongProfile", "of another profile")
            need(row.seq == tree.size, "gap", f"expected {tree.size}, found {row.seq}")
            if row.begins_epoch:
                covered = note and tree.size < note.size
                key = row.verify_epoch(trust, scope["terminal"], keys.cosigned_at if covered else None)
                epoch, kid = row.seq, thumbprint(key)
                signed = (note and note.signed_by(key)) or signed
                keys.show(row)
            else:
                need("x5c" not in row.header, "badKeyEpoch", "only a KeyEpoch row carries certificates")
                need(key and row.header["kid"] == kid, "wrongKey", "signed by another key than the current one")
                need(row.epoch == epoch, "wrongEpoch", "it names another key epoch")
                row.verify(key)
            need(row.payload["prev"] == prev, "fork", "it continues another history")
            prev = b64url(sha256(row.compact.encode()))
            tree.append(row.compact.encode())
            report["rows"] += 1
            report["sealed_rows"] += "sealed" in row.payload
            report["size"] = tree.size
    need(tree.size == scope["next_seq"], "truncated", "range.json tells of other rows")
    keys.end(note)
    past = note and note.size < scope["first_seq"]
    if note and not past:
        need(note.size <= tree.size, "truncated", "the checkpoint covers rows that are not here")
        says = any(line[0] == note.origin for line in note.lines)
        need(signed or not (says or not keys.cosigned_at), "badCheckpoint", "no key of these rows has signed it")
    need(known or not expect or expect[0] <= tree.size, "truncated", "more rows are expected")
    covered = note.size if met and keys.cosigned_at else scope["first_seq"]
    report |= {"cosigned_rows": covered - scope["first_seq"], "uncosigned_tail": tree.size - covered}
    report["root"] = base64.b64encode(tree.root()).decode()
    incomplete = tree.size > covered or report["rows"] == 0 or past or (expect and not known)
    report["result"] = "incomplete" if incomplete else "good"


# ---- a dossier


def judge_dossier(directory, trust, report):
    def read(name):
        need(all(part not in ("", ".", "..") for part in name.split("/")), "badStatement", "a file's name")
        with open(os.path.join(directory, name), "rb") as file:
            return file.read()
    line = read("dossier.jws")
    need(line.endswith(b"\n"), "badStatement", "the line does not end")
    compact = line[:-1].decode("ascii")
    header, payload, _ = map(strict_b64url, compact.split("."))
    header, says = read_canonical(header), read_canonical(payload)
    need(header.get("typ") == "senim-dossier+jws" and header.get("alg") == "ES256", "badStatement", "its header")
    need(set(says) == {"ver", "at", "person", "reason", "subject", "files", "attachments", "loans", "acts", "openings"}
         and says["ver"] == 1, "badStatement", "its fields")
    leaf = trust.verify(header.get("x5c"), moment(says["at"]))
    need(common_name(leaf) == MESSAGE_CN and header["kid"] == thumbprint(key_of(leaf)), "untrusted", "its signer")
    verify_compact(compact, key_of(leaf))
    for name, digest in says["files"].items():
        need(b64url(sha256(read(name))) == digest, "fileDiffers", f"{name} is not the file that the gateway signed")
    jwks = read_small(os.path.join(directory, "jwks.json"), "badKeys")
    need({"jwks.json", "operations.jsonl", "proofs.jsonl"} <= set(says["files"]), "badStatement", "files are missing")
    rows, proofs = (read(name).splitlines(keepends=True) for name in ("operations.jsonl", "proofs.jsonl"))
    need(len(rows) == len(proofs), "badProof", "rows and proofs are not equally many")
    parts, notes, last, seen, agreed, judged = iter(says["attachments"]), {}, None, False, set(), {}
    for line, proof in zip(rows, proofs):
        row, proof = Row(line), read_canonical(proof[:-1])
        need(set(proof) == {"terminal", "seq", "size", "path"}, "badProof", "its fields")
        terminal, seq = row.payload["terminal"], row.seq
        need((terminal, seq) == (proof["terminal"], proof["seq"]), "badProof", "the proof is of another row")
        need(last is None or last[:2] < (terminal, seq), "badProof", "the rows do not rise")
        if terminal not in notes:
            need(f"notes/{terminal}.note" in says["files"], "badStatement", "a note is missing")
            note = Note(read(f"notes/{terminal}.note"))
            need(note.origin == "senim/" + terminal, "wrongTerminal", "the note is of another terminal")
            cosigned = Keys(jwks["keys"], note, trust).cosigned_at
            need(cosigned, "badCheckpoint", "no key of jwks.json has cosigned the note")
            notes[terminal] = (note, cosigned, {})
        note, cosigned, epochs = notes[terminal]
        if row.begins_epoch:
            epochs[seq] = row.verify_epoch(trust, terminal, cosigned)
        else:
            need("x5c" not in row.header, "badKeyEpoch", "only a KeyEpoch row carries certificates")
            need(row.epoch in epochs, "wrongEpoch", "the KeyEpoch row of its key is not here")
            need(row.header["kid"] == thumbprint(epochs[row.epoch]), "wrongKey", "signed by another key")
            row.verify(epochs[row.epoch])
        if last and last[:2] == (terminal, seq - 1):
            need(row.payload["prev"] == last[2], "fork", "it continues another history than the row before")
        root = root_by_path(row.compact.encode(), seq, proof["size"], [strict_b64(item) for item in proof["path"]])
        need(proof["size"] == note.size and seq < note.size and root == note.root, "badProof",
             "its audit path does not lead to the cosigned root")
        if "sealed" in row.payload:
            part, digest = next(parts, {}), row.payload["sealed"]["sha256"]
            need((part.get("terminal"), part.get("seq"), part.get("sha256")) == (terminal, seq, digest), "badStatement",
                 "the statement does not list the row's sealed part")
            here = says["files"].get(f"attachments/{digest}.jwe")
            need(here == (digest if part["state"] == "present" else None), "badStatement", "a sealed part")
            report["attachments_" + part["state"]] += 1
        seen = seen or says["subject"] == {"terminal": terminal, "seq": seq, "op_id": row.payload["op_id"]}
        if row.payload["kind"] in ("FaceCaptured", "LivenessPerformed", "LivenessAwaited"):
            judged[row.payload["op_id"]] = row.payload
        if row.payload["kind"] == "ContractAgreed":
            agreed.add((row.payload["public"]["loan"], row.payload["public"]["contract_sha256"]))
        last = (terminal, seq, b64url(sha256(row.compact.encode())))
        report["rows"] += 1
    need(seen and next(parts, None) is None, "badStatement", "it speaks of rows that are not here")
    for name in sorted(says["files"]):
        if name.startswith("measures/"):
            judge_measures(read(name), agreed, trust)
            report["measures"] += 1
        if name.startswith("results/"):
            judge_result(name, read(name), judged, trust)
            report["results"] += 1
    report |= {"subject": says["subject"], "at": says["at"], "terminals": len(notes), "result": "good"}


def stated(line, typ, code, trust):
    need(line.endswith(b"\n"), code, "the line does not end")
    compact = line[:-1].decode("ascii")
    header, payload, _ = map(strict_b64url, compact.split("."))
    header, says = read_canonical(header), read_canonical(payload)
    need(header.get("typ") == typ and header.get("alg") == "ES256", "badStatement", "its header")
    leaf = trust.verify(header.get("x5c"), moment(says["at"]))
    need(common_name(leaf) == MESSAGE_CN and header["kid"] == thumbprint(key_of(leaf)), "untrusted", "its signer")
    verify_compact(compact, key_of(leaf))
    need(says["ver"] == 1, "badStatement", "its form")
    return says


def judge_measures(line, agreed, trust):
    says = stated(line, "senim-measures+jws", "badMeasures", trust)
    need((says["loan"], says["contract_sha256"]) in agreed, "badMeasures", "no row here agrees to its contract")


def judge_result(name, line, judged, trust):
    says = stated(line, "senim-biometric-result+jws", "badResult", trust)
    row = judged.get(says["row"])
    need(row is not None and name == f"results/{says['row']}.jws", "badResult", "it is of a check that no row here speaks of")
    same = [says[key] == row[key] for key in ("terminal", "session")]
    same.append(says["subject"] == row["public"]["subject"])
    same.append(says.get("challenge") == row["public"].get("challenge", says.get("challenge")))
    same.append(says.get("evidence_sha256") == row.get("sealed", {}).get("sha256"))
    need(all(same), "badResult", "it is of another check than its row")


def verify(directory, trust, expect=None):
    report = {"result": "finding", "findings": []}
    try:
        if os.path.exists(os.path.join(directory, "dossier.jws")):
            report |= {"rows": 0, "attachments_present": 0, "attachments_absent": 0, "measures": 0, "results": 0}
            judge_dossier(directory, trust, report)
        else:
            verify_export(directory, trust, expect, report)
    except Finding as finding:
        report["findings"].append({"code": finding.args[0], "text": finding.args[1]})
    except OSError:
        raise
    except Exception as error:  # what the libraries cannot read or do not know is no certificate or key of this system
        report["findings"].append({"code": "unusable", "text": f"{type(error).__name__}: {error}"})
    return report


def main():
    parser = argparse.ArgumentParser(description="Verifies an export or a dossier of a Senim terminal.")
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--trust", required=True, metavar="CA.pem")
    parser.add_argument("--expect", metavar="SIZE:ROOT")
    parser.add_argument("--batch", action="store_true", help="directories on stdin, a report a line")
    arguments = parser.parse_args()
    expect = None
    if arguments.expect:
        size, _, root = arguments.expect.partition(":")
        try:
            expect = (int(size), strict_b64(root))
        except (ValueError, Finding):
            parser.error("write --expect SIZE:ROOT")
    if (arguments.directory is None) != arguments.batch:
        parser.error("name a directory, or --batch")
    try:
        trust = Trust(arguments.trust)
        if arguments.batch:
            for line in sys.stdin:
                print(json.dumps(verify(line.rstrip("\n"), trust)), flush=True)
            return 0
        report = verify(arguments.directory, trust, expect)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 4
    print(json.dumps(report, ensure_ascii=False))
    return {"good": 0, "finding": 1, "incomplete": 3}[report["result"]]


if __name__ == "__main__":
    sys.exit(main())
