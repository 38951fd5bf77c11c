#!/usr/bin/env python3
"""Takes a loan in the simulator's real window on an X server without a display, with the mouse and the keyboard of X.

    scripts/window.py OUT      programs from SENIM_BIN_DIR, face models from SENIM_MODELS; results under OUT

Everything that a person would do at the window is done through xdotool: each touch is a click on the picture of the terminal's
screen, and F2 holds the person's phone to a code, where one is to be signed. Where things stand and what the SMS says is read from the rig's control
interfaces, which eyes would do. F8 has the visit recorded, and the recording is played again without the window.
Exit 0: the loan was paid out and the terminal welcomes the next person, both times, 1: it was not, 2: usage.
Needs Xvfb and xdotool.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

WINDOW = (1680, 900)
SCREEN = (1280, 800)
# Where `simulator/desktop/desktop.slint` puts the picture of the screen: paddings, and the panel at the right.
WIDTH = min(WINDOW[0] - 2 * 12 - 12 - 400 - 24, (WINDOW[1] - 2 * 12 - 24) * SCREEN[0] / SCREEN[1])
LEFT = 12 + (WINDOW[0] - 2 * 12 - 12 - 400 - WIDTH) / 2
TOP = 12 + (WINDOW[1] - 2 * 12 - WIDTH * SCREEN[1] / SCREEN[0]) / 2
IIN = "900514300002"
# Seconds for one screen to follow the other, and for the whole visit: debug builds on a busy machine.
PATIENCE = 90
VISIT = 420


class Failed(Exception):
    """What did not come."""


def until(what, look, patience=PATIENCE):
    """Waits until `look` gives something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    raise Failed(f"waited in vain for {what}")


class Window:
    """The simulator's window and the programs behind it."""

    def __init__(self, out):
        self.out = out
        self.running = []

    def start(self):
        """The X server, and the window with cash in its terminal."""
        out, display = self.out, self.start_server()
        self.environment = {**os.environ, "DISPLAY": display}
        simulator = str(pathlib.Path(os.environ["SENIM_BIN_DIR"]) / "senim-simulator")
        log = open(out / "window.log", "wb")
        command = [simulator, "desktop", "--out", str(out / "stage")]
        self.running.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))
        self.loaded = lambda: b"loaded and confirmed" in (out / "window.log").read_bytes()
        until("cash in the terminal", self.loaded, 2 * PATIENCE)
        self.terminal = self.address("firmware", "control")
        self.world = self.address("world", "listening")
        self.devices = self.address("devices", "control")

    def start_server(self):
        read, write = os.pipe()
        geometry = f"{WINDOW[0]}x{WINDOW[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", geometry, "-nolisten", "tcp"]
        self.running.append(subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL))
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise Failed("Xvfb does not start")
        return f":{number}"

    def close(self):
        while self.running:
            program = self.running.pop()
            program.terminate()
            program.wait(30)

    def address(self, program, key):
        with open(self.out / "stage" / "logs" / f"{program}.out", encoding="utf-8") as lines:
            return json.loads(lines.readline())[key]

    def ask(self, address, path):
        with urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def screen(self):
        return self.ask(self.terminal, "/screen")

    def x(self, *arguments):
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True)

    def click(self, name):
        """Clicks on the picture where an element stands, and waits until the screen answers."""
        def free():
            shown = self.screen()
            found = [element for element in shown["elements"] if element["id"] == name]
            ready = shown["settled"] and len(found) == 1 and found[0]["enabled"] and not found[0]["covered"]
            return (shown, found[0]) if ready else None

        shown, element = until(f"{name} to be touched", free)
        share = WIDTH / SCREEN[0]
        across = LEFT + (element["x"] + element["width"] / 2) * share
        down = TOP + (element["y"] + element["height"] / 2) * share
        self.x("mousemove", str(round(across)), str(round(down)), "click", "1")
        until(f"an answer to {name}", lambda: self.screen()["frame"] != shown["frame"])

    def records(self):
        """Presses F8, unless it was heard already: keys are not taken while something is done."""
        heard = b"is recorded" in (self.out / "window.log").read_bytes()
        if not heard:
            self.x("key", "F8")
            time.sleep(2)
        return heard

    def code(self):
        messages = self.ask(self.world, "/sms/inbox")["messages"]
        codes = [re.findall(r"\b\d{6}\b", message["text"]) for message in messages]
        return [found[0] for found in codes if found][-1]


def answer(window, shown):
    """What a borrower does on a screen; false when it is not one to do anything on."""
    screen, detail = shown["screen"], shown["detail"]
    there = {element["id"]: element for element in shown["elements"]}
    if screen == "Welcome":
        window.click("language-en")
    elif screen in ("EnterIin", "EnterCode"):
        for digit in IIN if screen == "EnterIin" else window.code():
            window.click(f"digit-{digit}")
        window.click("primary")
    elif "further" in there:
        # What is decided is read to its end first.
        window.click("further")
    elif screen == "Choice":
        wanted = ["option-loan", "option-consumer", "option-code", "option-cash", "option-phone"]
        options = [name for name in there if name.startswith("option-")]
        # For themselves, and no public official.
        no = detail == "question-even" or detail.startswith("screening")
        usual = "option-no" if no and "option-no" in options else options[0]
        window.click(next((name for name in wanted if name in options), usual))
    elif screen == "Amount":
        window.click("term-12")
        window.click("primary")
    elif screen == "Schedules":
        window.click("choose-0")
        window.click("primary")
    elif "qr" in there:
        window.x("key", "F2")
        until("the phone's answer", lambda: window.screen()["step"] != shown["step"])
    elif "primary" in there and there["primary"]["enabled"]:
        window.click("primary")
    elif "page-down" in there and there["page-down"]["enabled"]:
        window.click("page-down")
    else:
        return False
    return True


def visit(window):
    """From the welcome to the next one."""
    seen, end = [], time.monotonic() + VISIT
    while time.monotonic() < end:
        shown = window.screen()
        name = f"{shown['screen']} {shown['detail']}".strip()
        if not seen or seen[-1] != name:
            print(name, flush=True)
            seen.append(name)
        if name == "Welcome" and "Receipt" in " ".join(seen):
            return seen
        if shown["screen"] == "End":
            raise Failed(f"the visit ends with {name}, after {', '.join(seen)}")
        if not shown["settled"] or not answer(window, shown):
            time.sleep(0.1)
    raise Failed(f"the visit does not end; it stands at {seen[-1]}")


def again(recording, out, given):
    """Plays the recording on a fresh stage without a window: the same notes leave."""
    if window_code(recording):
        raise Failed("the recording holds the digits of a code that came to a phone")
    simulator = pathlib.Path(os.environ["SENIM_BIN_DIR"]) / "senim-simulator"
    command = [simulator, "journey", "--file", recording, "--out", out / "again"]
    with open(out / "again.log", "wb") as log:
        played = subprocess.run(command, stdout=log, stderr=log, check=False)
    if played.returncode != 0:
        raise Failed(f"the recording cannot be played again; see {out / 'again.log'}")
    summary = json.loads((out / "again" / "summary.json").read_text(encoding="utf-8"))
    notes = [sum(summary["cash"][when].values()) for when in ("before", "after")]
    if notes[0] - notes[1] != given or not summary["journal"]["verified"]:
        raise Failed(f"played again, {notes[0] - notes[1]} notes left in place of {given}")
    print(f"played again without the window: {given} notes, {summary['journal']['rows']} rows verified")


def window_code(recording):
    """Whether digits were kept that were typed on the screen of a code."""
    steps = json.loads(recording.read_text(encoding="utf-8"))["steps"]
    return any(step["screen"] == "EnterCode" and step.get("id", "").startswith("digit-") for step in steps)


def main():
    if len(sys.argv) != 2 or "SENIM_BIN_DIR" not in os.environ:
        print("usage: SENIM_BIN_DIR=DIR scripts/window.py OUT", file=sys.stderr)
        return 2
    out = pathlib.Path(sys.argv[1]).absolute()
    out.mkdir(parents=True, exist_ok=True)
    window = Window(out)
    try:
        window.start()
        # There is no window manager that would give it the keyboard.
        window.x("search", "--sync", "--name", "Senim simulator", "windowfocus", "--sync")
        until("the recording to begin", window.records)
        visit(window)
        window.x("key", "F8")
        recording = until("the recording", lambda: sorted((out / "stage").glob("recording-*.json")))[-1]
        window.x("key", "F9")
        diagram = until("the diagram", lambda: sorted((out / "stage").glob("last-visit.mmd")))[-1]
        given = sum(cassette["exited"] for cassette in window.ask(window.devices, "/devices/dispenser")["cassettes"])
        if given == 0:
            raise Failed("no note was given")
        # Whoever does not wait for the paper has it printed all the same.
        receipts = until("a receipt", lambda: window.ask(window.devices, "/devices/printer")["receipts"])
        print(f"{given} notes were given and {receipts} receipts printed")
        if "PayoutOutcome" not in diagram.read_text(encoding="utf-8"):
            raise Failed("the diagram of the visit does not tell that notes were given")
        window.close()
        again(recording, out, given)
        return 0
    except Failed as failed:
        print(f"window: {failed}", file=sys.stderr)
        return 1
    finally:
        window.close()


if __name__ == "__main__":
    sys.exit(main())
