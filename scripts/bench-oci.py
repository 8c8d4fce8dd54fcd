#!/usr/bin/python3
"""Times the verbs of OCI runtimes, for scripts/bench-oci.sh.

    scripts/bench-oci.py TEMPLATE NAME ROUNDS NAME=PROGRAM...

TEMPLATE is a config.json with absolute paths, whose root has /noop and /pause; NAME begins the
names of the containers' cgroups, which are the tool's in its place. Prints, for each measurement,
what hyperfine exports: {"results": [{"command": "MODE TOOL", "times": [...]}]}, and what is left
of a tool after start: {"stays": {"tool": ..., "processes": ..., "pss_kib": ..., "rss_kib": ...}}.

It stands where a containerd shim does: containers become its children, and it waits for their
end. The tools keep their states on a tmpfs, as /run is. In each round they take turns, in random
order.
"""

import contextlib
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
AT_ONCE = 50
IN_A_POD = 10
NULL = os.open("/dev/null", os.O_RDWR)
TOOLS = []


class Tool:
    """A runtime with a directory of its own."""

    def __init__(self, name, program, cgroup, template, states):
        self.name, self.cgroup, self.template = name, cgroup, template
        self.command = [program, "--root", os.path.join(states, name)]
        self.times = {}

    def spawn(self, *words):
        streams = [(os.POSIX_SPAWN_DUP2, NULL, 0), (os.POSIX_SPAWN_DUP2, NULL, 1)]
        return os.posix_spawnp(self.command[0], [*self.command, *words], os.environ, file_actions=streams)

    def run(self, *words):
        self.wait(self.spawn(*words), words)

    def wait(self, pid, words):
        if os.waitpid(pid, 0)[1] != 0:
            raise SystemExit(f"{self.name} {' '.join(words)} failed")

    def bundle(self, name, command, joins=None):
        """Makes the bundle of a container; joins are namespaces by their paths."""
        config = json.loads(self.template)
        config["process"]["args"] = [command]
        config["linux"]["cgroupsPath"] = f"{self.cgroup}-{name}"
        for namespace in config["linux"]["namespaces"]:
            if path := (joins or {}).get(namespace["type"]):
                namespace["path"] = path
        if joins:  # the host name is the pod's
            config.pop("hostname", None)
        directory = f"bundle-{self.name}-{name}"
        os.makedirs(directory, exist_ok=True)
        with open(directory + "/config.json", "w", encoding="utf-8") as file:
            json.dump(config, file)
        return directory

    def create(self, name):
        return ("create", "--bundle", f"bundle-{self.name}-{name}", "--pid-file", self.pid_file(name), name)

    def pid_file(self, name):
        return f"{os.getcwd()}/pid-{self.name}-{name}"

    def pid(self, name):
        with open(self.pid_file(name), encoding="utf-8") as file:
            return int(file.read())

    def all_at_once(self, commands):
        for pid, words in [(self.spawn(*words), words) for words in commands]:
            self.wait(pid, words)

    @contextlib.contextmanager
    def timed(self, mode):
        began = time.perf_counter()
        yield
        self.times.setdefault(mode, []).append(time.perf_counter() - began)

    # What is measured.

    def life(self):
        """One container, verb by verb. The end of its process is not in the time."""
        with self.timed("create"):
            self.run(*self.create("noop"))
        with self.timed("start"):
            self.run("start", "noop")
        os.waitpid(self.pid("noop"), 0)
        with self.timed("delete"):
            self.run("delete", "noop")
        self.times.setdefault("create_start_delete", []).append(sum(self.times[verb][-1] for verb in ("create", "start", "delete")))

    def short(self):
        with self.timed("run"):
            self.run("run", "--bundle", f"bundle-{self.name}-noop", "noop")
        with self.timed("exec"):
            self.run("exec", "pause", "/noop")
        with self.timed("state"):
            self.run("state", "pause")
        with self.timed("version"):
            self.run("--version")

    def at_once(self):
        """Containers at once, each verb for all of them."""
        names = [str(n) for n in range(AT_ONCE)]
        with self.timed("at_once"):
            self.all_at_once([self.create(name) for name in names])
            self.all_at_once([("start", name) for name in names])
            for name in names:
                os.waitpid(self.pid(name), 0)
            self.all_at_once([("delete", name) for name in names])

    def pod(self):
        """A pod's first container, which has the namespaces, and ten more, one after the other."""
        names = [f"pod{n}" for n in range(IN_A_POD)]
        with self.timed("pod"):
            self.run(*self.create("pause2"))
            self.run("start", "pause2")
            proc = f"/proc/{self.pid('pause2')}/ns/"
            for name in names:
                self.bundle(name, "/pause", {"network": proc + "net", "ipc": proc + "ipc", "uts": proc + "uts"})
                self.run(*self.create(name))
                self.run("start", name)
            for name in [*names, "pause2"]:
                self.run("kill", name, "KILL")
                os.waitpid(self.pid(name), 0)
                self.run("delete", name)

    def prepare(self):
        """Makes the bundles, and starts the container that exec goes into; what stays of that is printed."""
        for name in ("noop", *(str(n) for n in range(AT_ONCE))):
            self.bundle(name, "/noop")
        for name in ("pause", "pause2"):
            self.bundle(name, "/pause")
        self.run(*self.create("pause"))
        self.run("start", "pause")
        show(stays={"tool": self.name, **memory(children(os.getpid()) - {pause.pid("pause") for pause in started()})})

    def clean_up(self):
        names = ("noop", "pause", "pause2", *(str(n) for n in range(AT_ONCE)), *(f"pod{n}" for n in range(IN_A_POD)))
        for name in names:
            if os.path.exists(f"{self.command[2]}/{name}"):
                subprocess.run([*self.command, "delete", "--force", name], stdout=NULL, stderr=NULL, check=False)


def started():
    return [tool for tool in TOOLS if os.path.exists(tool.pid_file("pause"))]


def children(pid):
    """All processes below one."""
    below = set()
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in map(int, file.read().split()):
            below |= {child} | children(child)
    return below


def memory(pids):
    """What processes have, each page shared between several counted in parts (PSS)."""
    totals = {"processes": len(pids), "pss_kib": 0, "rss_kib": 0}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                key = {"Pss:": "pss_kib", "Rss:": "rss_kib"}.get(line.split()[0])
                if key:
                    totals[key] += int(line.split()[1])
    return totals


def show(**what):
    print(json.dumps(what))


def measure(rounds):
    for number in range(rounds + 1):  # the first is for warming up
        print(f"round {number} of {rounds}", file=sys.stderr)
        for act, repeated in ((Tool.life, 10), (Tool.short, 10), (Tool.at_once, 1), (Tool.pod, 1)):
            for _ in range(repeated if number else 1):
                for tool in random.sample(TOOLS, len(TOOLS)):
                    act(tool)
        if number == 0:
            for tool in TOOLS:
                tool.times = {}


def main():
    template, prefix, rounds, *programs = sys.argv[1:]
    with open(template, encoding="utf-8") as file:
        content = file.read()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix=prefix, dir="/dev/shm") as states:
        for name, program in (words.split("=") for words in programs):
            TOOLS.append(Tool(name, program, f"/{prefix}-{name}", content, states))
        try:
            for tool in TOOLS:
                tool.prepare()
            measure(int(rounds))
        finally:
            for tool in TOOLS:
                tool.clean_up()
    show(results=[{"command": f"{mode} {tool.name}", "times": times} for tool in TOOLS for mode, times in tool.times.items()])


if __name__ == "__main__":
    main()
