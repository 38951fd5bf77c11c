"""puloon of PyPI, somebody else's LCDM-4000 host, does what it is told.

    python puloon_lcdm4000.py PORT

Each line of the input is a JSON list: a method of the host and its arguments, such as ["dispense", 2, 3, 0, 1]. Each is
answered with one line of JSON: "error" is the host's code or null, "reply" what the host read from the device's last reply.
Ends with the input, or after a minute.
"""

import json
import signal
import sys

from puloon.lcdm4000 import PuloonException, PuloonLCDM4000
from serial import PARITY_NONE, Serial

PATIENCE_S = 60


def fields(reply):
    if reply is None:
        return None
    last = {"last_command": reply.LAST_CMD} if hasattr(reply, "LAST_CMD") else {}
    return {**reply.as_dict(), **last}


def told(host, request):
    method, *arguments = request
    try:
        return {"error": None, "reply": fields(getattr(host, method)(*arguments))}
    except PuloonException as failure:
        return {"error": failure.code, "reply": fields(failure.response)}


signal.alarm(PATIENCE_S)
# A pseudo terminal has no parity.
host = PuloonLCDM4000(Serial(sys.argv[1], 9600, parity=PARITY_NONE))
for line in sys.stdin:
    print(json.dumps(told(host, json.loads(line))), flush=True)
