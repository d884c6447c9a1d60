"""Debian's Chromium, headless, driven over a pipe by its own protocol (Chrome DevTools Protocol): no driver needed."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Browser:
    """One page in one browser process; ``messages`` keeps what the console and the policy complained about."""

    def __init__(self, *, wide: int = 1400, high: int = 1000) -> None:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None:
            pytest.skip("no Chromium is installed (apt install chromium)")
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        self.messages: list[str] = []
        self._number, self._rest = 0, b""
        read_commands, self._write = os.pipe()
        self._read, write_answers = os.pipe()
        # the browser reads commands from descriptor 3 and writes answers to 4
        shell = f'exec "$@" 3<&{read_commands} 4>&{write_answers}'
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={self.profile}",
            f"--window-size={wide},{high}", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "browser", program, *arguments],
            pass_fds=(read_commands, write_answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read_commands)
        os.close(write_answers)
        targets = self._send("Target.getTargets")["targetInfos"]
        page = next(item["targetId"] for item in targets if item["type"] == "page")
        self._session = self._send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.command(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.kill()
        self.process.wait(20)
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self.profile, ignore_errors=True)

    def command(self, method: str, **given: Any) -> dict[str, Any]:
        return self._send(method, self._session, **given)

    def _send(self, method: str, session: str | None = None, **given: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self._note(answer)

    def _receive(self, timeout_s: float = 60) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._read], [], [], timeout_s)[0], "the browser is silent"
            chunk = os.read(self._read, 1 << 16)
            assert chunk, "the browser has ended"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def _note(self, event: dict[str, Any]) -> None:
        entry = event["params"]["entry"] if event.get("method") == "Log.entryAdded" else {}
        if entry.get("level") == "error" and entry["source"] != "network":  # refusals are part of the work
            self.messages.append(entry["text"])
        if event.get("method") == "Runtime.exceptionThrown":
            self.messages.append(str(event["params"]["exceptionDetails"]))
        if event.get("method") == "Page.javascriptDialogOpening":
            self.messages.append(f"dialog: {event['params']['message']}")

    def open(self, address: str) -> None:
        self.command("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def value(self, script: str) -> Any:
        """What an expression of the page gives; promises are awaited."""
        found = self.command("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str, *, timeout_s: float = 60) -> None:
        """Wait until an expression of the page is true."""
        deadline = time.monotonic() + timeout_s
        while not self.value(f"!!({script})"):
            assert time.monotonic() < deadline, (script, self.value("document.body.innerText"), self.messages)
            time.sleep(0.05)

    def choose_files(self, selector: str, *paths: Path) -> None:
        """Choose files in an input, as the dialog of the browser does."""
        root = self.command("DOM.getDocument")["root"]["nodeId"]
        node = self.command("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.command("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def drop(self, selector: str, *paths: Path) -> None:
        """Drag files over an element and let them go, as the file manager does."""
        x, y = self.middle(selector)
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.command("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)

    def middle(self, selector: str) -> tuple[float, float]:
        script = f"""(() => {{ const item = document.querySelector({json.dumps(selector)});
            item.scrollIntoView({{block: "center"}}); const box = item.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        x, y = self.value(script)
        return x, y

    def hover(self, selector: str) -> None:
        x, y = self.middle(selector)
        self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key: str) -> None:
        """Press a key that has no letter: ``Tab``, ``Enter``."""
        code = {"Tab": 9, "Enter": 13, " ": 32}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def type(self, text: str) -> None:
        self.command("Input.insertText", text=text)

    def picture(self, path: Path) -> None:
        """Take a picture of the page, to look at."""
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))
