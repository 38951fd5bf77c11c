"""python-escpos of PyPI, somebody else's printer host, does what it is told.

    python python_escpos.py PORT

Each line of the input is a JSON list: a method of the host and its arguments, such as ["image", "receipt.png"] or ["cut"].
Each is answered with one line of JSON: what the method returned. Ends with the input, or after a minute.
"""

import json
import signal
import sys

from escpos.printer import Serial

PATIENCE_S = 60

signal.alarm(PATIENCE_S)
# Any profile 576 dots wide. The host asks for more bytes than a status has, so each status takes the whole timeout.
printer = Serial(devfile=sys.argv[1], baudrate=115200, timeout=1, profile="TM-T20II")
for line in sys.stdin:
    method, *arguments = json.loads(line)
    print(json.dumps(getattr(printer, method)(*arguments)), flush=True)
