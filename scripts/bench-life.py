#!/usr/bin/python3
"""Times what is done with containers that stay, for scripts/bench-life.sh.

    scripts/bench-life.py IMAGE ROUNDS BYTES COUNTS NAME=COMMAND...

COMMAND is how a tool is called, with its global options: all have the same command line behind
that. IMAGE has /service; ./up is its FIFO, on the host and in the containers. A service says on it that
it runs. BYTES is how much is logged, COUNTS are the numbers of containers that ps lists, as in 10,100.

Prints, for each measurement, what hyperfine exports: {"results": [{"command": "MODE TOOL",
"times": [...]}]}, and what looks after the containers: {"stays": {"tool": ..., "containers": ...,
"processes": ..., "pss_kib": ..., "rss_kib": ...}}. In each round the tools take turns, in random order.
"""

import contextlib
import glob
import json
import os
import random
import select
import shlex
import subprocess
import sys
import time

LIMITS = ["--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
AT_ONCE = 100
PATIENCE = 60
NOTHING_TO_DO = 12  # seconds, after which who looks after containers has nothing to do
TOOLS = []


class Tool:
    """A program with Docker's command line, and a store of its own."""

    def __init__(self, name, command, image):
        self.name, self.command, self.image = name, shlex.split(command), image
        self.created = 0
        self.times = {}

    def run(self, *words):
        ended = subprocess.run([*self.command, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if ended.returncode != 0:
            raise SystemExit(f"{self.name} {' '.join(words)}: {ended.stderr.decode()}")

    @contextlib.contextmanager
    def timed(self, mode):
        began = time.perf_counter()
        yield
        self.times.setdefault(mode, []).append(time.perf_counter() - began)

    def options(self, name):
        options = [*LIMITS, "-v", f"{os.getcwd()}/up:/up", "--name", f"bench-{name}"]
        return [*options, "--log-driver", "k8s-file"] if self.name == "podman" else options

    def service(self, verb, name):
        return (*verb, *self.options(name), self.image, "/service", "up", "/up/fifo")

    # What is measured.

    def life(self):
        """One container from run to rm. Start ends when the container's command says so."""
        with self.timed("run"), up():
            self.run(*self.service(("run", "-d"), "life"))
        with self.timed("exec"):
            self.run("exec", "bench-life", "/service")
        with self.timed("stop"):
            self.run("stop", "bench-life")
        with self.timed("start"), up():
            self.run("start", "bench-life")
        with self.timed("kill_and_wait"):
            self.run("kill", "bench-life")
            self.run("wait", "bench-life")
        with self.timed("rm"):
            self.run("rm", "bench-life")

    def ps(self, mode):
        with self.timed(mode):
            self.run("ps", "-a")

    def create(self, count):
        while self.created < count:
            self.created += 1
            self.run(*self.service(("create",), self.created))

    def logs(self, count):
        """A command that writes as fast as it can, and what it has written read again."""
        with self.timed("log"):
            self.run("run", "-d", *self.options("log"), self.image, "/service", "lines", count)
            self.run("wait", "bench-log")
        with self.timed("logs"):
            through_pipe([*self.command, "logs", "bench-log"], int(count))
        self.run("rm", "bench-log")

    def stays(self):
        """What looks after many containers that run."""
        for number in range(AT_ONCE):
            with up():
                self.run(*self.service(("run", "-d"), f"up-{number}"))
        for _ in range(5):
            self.ps(f"ps_of_{AT_ONCE}_that_run")
        names = [f"bench-up-{number}" for number in range(AT_ONCE)]
        time.sleep(NOTHING_TO_DO)
        for what, pids in keepers(self.name):
            show(stays={"tool": self.name, "what": what, "containers": AT_ONCE, **memory(pids)})
        self.run("rm", "-f", *names)

    def clean_up(self):
        listed = subprocess.run([*self.command, "ps", "-aq"], capture_output=True, text=True, check=False)
        if names := listed.stdout.split():
            subprocess.run([*self.command, "rm", "-f", *names], stdout=subprocess.DEVNULL, check=False)


@contextlib.contextmanager
def up():
    """Waits, in the end, until a service has said that it runs."""
    fifo = os.open("up/fifo", os.O_RDWR | os.O_NONBLOCK)
    try:
        yield
        if not select.select([fifo], [], [], PATIENCE)[0]:
            raise SystemExit("a container does not come up")
        os.read(fifo, 1)
    finally:
        os.close(fifo)


def through_pipe(command, count):
    """Counts what a command writes into a pipe."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        fd, left, buffer = writer.stdout.fileno(), count, bytearray(1 << 16)
        while length := os.readv(fd, [buffer]):
            left -= length
    if left != 0:
        raise SystemExit(f"{' '.join(command)}: {left} bytes are missing")


def keepers(tool):
    """The processes that look after a tool's containers, with what they are."""
    if tool == "docker":
        work = os.path.dirname(os.environ["DOCKER_HOST"].removeprefix("unix://"))
        shims = {pid for pid, words in processes() if "containerd-shim" in words[0] and work in " ".join(words)}
        yield "containerd-shim", shims
        yield "dockerd, containerd", {pid for pid, words in processes() if words[0].split("/")[-1] in ("dockerd", "containerd") and work in " ".join(words)}
    elif tool == "podman":
        yield "conmon", {pid for pid, words in processes() if words[0].endswith("conmon") and os.getcwd() in " ".join(words)}
    else:
        records = [json.load(open(path, encoding="utf-8")) for path in glob.glob("state/containers/*/container.json")]
        yield "supervisor", {record["supervisor"] for record in records if record.get("supervisor")}


def processes():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(path, encoding="utf-8", errors="replace") as file:
            if words := file.read().split("\0")[:-1]:
                yield int(path.split("/")[2]), words


def memory(pids):
    """What processes have, each page shared between several counted in parts (PSS)."""
    totals = {"processes": len(pids), "pss_kib": 0, "pss_anon_kib": 0, "rss_kib": 0}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                key = {"Pss:": "pss_kib", "Pss_Anon:": "pss_anon_kib", "Rss:": "rss_kib"}.get(line.split()[0])
                if key:
                    totals[key] += int(line.split()[1])
    return totals


def show(**what):
    print(json.dumps(what), flush=True)


def in_turn(act, *arguments):
    for tool in random.sample(TOOLS, len(TOOLS)):
        act(tool, *arguments)


def measure(rounds, count, counts):
    pipe = []
    for number in range(rounds + 1):  # the first is for warming up
        print(f"round {number} of {rounds}", file=sys.stderr)
        for _ in range(5 if number else 1):
            in_turn(Tool.life)
        if number == 0:
            for tool in TOOLS:
                tool.times = {}
    for _ in range(3):
        began = time.perf_counter()
        through_pipe(["./service", "lines", count], int(count))
        pipe.append(time.perf_counter() - began)
        in_turn(Tool.logs, count)
    show(results=[{"command": "log pipe", "times": pipe}])
    in_turn(Tool.stays)
    for many in counts:
        in_turn(Tool.create, many)
        for _ in range(5):
            in_turn(Tool.ps, f"ps_of_{many}")


def main():
    image, rounds, count, counts, *programs = sys.argv[1:]
    for name, command in (words.split("=", 1) for words in programs):
        TOOLS.append(Tool(name, command, image))
    try:
        measure(int(rounds), count, [int(number) for number in counts.split(",")])
    finally:
        for tool in TOOLS:
            tool.clean_up()
    show(results=[{"command": f"{mode} {tool.name}", "times": times} for tool in TOOLS for mode, times in tool.times.items()])


if __name__ == "__main__":
    main()
