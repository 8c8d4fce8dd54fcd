#!/usr/bin/python3
"""Random commands on containers that stay, and processes killed and stopped at random: scripts/chaos.sh.

    scripts/chaos.py IMAGE STATE PARENT MINUTES CLIENTS SEED COMMAND...

COMMAND is how mydocker is called with Docker's command line; STATE is its directory, PARENT the cgroup
parent of its containers. IMAGE has /service, which writes on its standard output numbered lines, and
into /truth what it does: "runs" has a line for each start, "ends" one for each end it came to by itself.

Clients run commands at once. Another thread kills, or stops for a moment, supervisors, commands of
containers, and clients. Every ten seconds all pause, and each container is held against what is true:

  - what is said to run does, and has one supervisor; of what is said not to run no process is left;
  - the recorded exit code is the one with which the command ended, where it did so by itself;
  - "dead" are only those whose supervisor was killed, and the reason is there;
  - the log has every line, in order, and nothing else;
  - no command hangs, and none fails in a way that has no words.

In the end all is removed, and nothing may be left. The seed decides what is drawn, not when it happens.
"""

import contextlib
import fcntl
import glob
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback

NAMES = 30
PATIENCE = 60  # seconds until a command counts as stuck
SETTLES = 20  # seconds until a container has to be what is said of it
EVERY = 10  # seconds between two looks
F_OFD_GETLK = 36
KINDS = ("runs", "kills", "stops", "looks", "dead", "exited")


class Container:
    """What is known of one by those who made it. Its key is in its environment, whatever its name is now."""

    def __init__(self, key):
        self.key, self.truth = key, os.path.abspath(f"truth/{key}")
        self.killed = False  # somebody sent a signal to its processes
        self.stopped = False  # a command may have ended it by SIGKILL
        self.orphaned = False  # somebody killed its supervisor
        os.makedirs(self.truth)

    def runs(self):
        return len(read(f"{self.truth}/runs").splitlines())

    def ends(self):
        """Run, exit code and number of lines of each run that has come to its end by itself."""
        return {int(words[0]): (int(words[1]), int(words[2])) for words in map(str.split, read(f"{self.truth}/ends").splitlines()) if len(words) == 3}


class Chaos:
    def __init__(self, image, state, parent, seed, command):
        self.image, self.state, self.parent, self.command = image, state, parent, command
        self.random = random.Random(seed)
        self.made, self.lock = {}, threading.Lock()
        self.gate, self.inside = threading.Condition(), 0
        self.quiet = False
        self.ending = threading.Event()
        self.clients, self.stopped = set(), set()
        self.count = dict.fromkeys(KINDS, 0)
        self.faults = []

    def draw(self, choices):
        with self.lock:
            return self.random.choice(choices)

    def chance(self, part):
        with self.lock:
            return self.random.random() < part

    def tell(self, what):
        with self.lock:
            self.faults.append(what)
        print(f"WRONG: {what}", flush=True)

    # --- Clients ---------------------------------------------------------------------------

    def run(self, *words, patience=PATIENCE, killable=True, ends=True):
        """Runs a command, and returns its status, output and what it said."""
        process = subprocess.Popen([*self.command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="replace")
        if killable:
            with self.lock:
                self.clients.add(process.pid)
        self.count["runs"] += 1
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            if ends:
                self.tell(f"{' '.join(words)} hangs\n{self.evidence(process.pid)}")
            process.kill()
            out, err = process.communicate()
        with self.lock:
            self.clients.discard(process.pid)
        for word in ("panic", "goroutine", "SIGSEGV", "fatal error"):
            if word in err:
                self.tell(f"{' '.join(words)}: {err[:2000]}")
                break
        return process.returncode, out, err

    def evidence(self, client):
        """What there is to see of a command that hangs, and of all that has a container: processes, files, sockets."""
        lines = []
        for directory in [f"/proc/{client}", *glob.glob("/proc/[0-9]*")]:
            if directory != f"/proc/{client}" and not supervised(directory, self.state):
                continue
            lines += [directory + " " + read(f"{directory}/cmdline").replace("\0", " "), read(f"{directory}/stat")]
            lines.append(" ".join(read(f"{task}/wchan") for task in glob.glob(f"{directory}/task/*")))
            with contextlib.suppress(OSError):
                for fd in os.listdir(f"{directory}/fd"):
                    with contextlib.suppress(OSError):
                        lines.append(f"  {fd} {os.readlink(f'{directory}/fd/{fd}')}")
        lines += [line for line in read("/proc/net/unix").splitlines() if "control" in line]
        for path in glob.glob(f"{self.state}/containers/*/container.json"):
            lines += [path, read(path), read(path.replace("container.json", "supervisor.log"))]
        return "\n".join(lines)

    def client(self):
        while not self.ending.is_set():
            with self.gate:
                self.gate.wait_for(lambda: not self.quiet)
                self.inside += 1
            try:
                self.act()
            except Exception as error:  # pylint: disable=broad-except
                self.tell(f"the client itself: {error!r} {traceback.format_exc()}")
            with self.gate:
                self.inside -= 1
                self.gate.notify_all()

    def act(self):
        names = [f"n{number}" for number in range(NAMES)]
        name = self.draw(names)
        acts = [
            (self.make, 6), (self.kill, 2), (self.wait, 1), (self.attach, 1), (self.follow, 1), (self.exec, 3),
            (lambda n: self.run("start", n), 2), (lambda n: self.stop(n, "stop", self.draw(["0", "1"])), 2),
            (lambda n: self.stop(n, "restart", "1"), 2), (lambda n: self.run("rm", n), 1),
            (self.remove, 3), (lambda n: self.run("pause", n), 1), (lambda n: self.run("unpause", n), 2),
            (lambda n: self.run("rename", n, self.draw(names)), 1), (lambda n: self.run("logs", "--tail", "5", n), 1),
            (lambda n: self.run("inspect", n), 1), (lambda _: self.run("ps", "-a"), 1), (lambda n: self.run("top", n), 1),
            (lambda n: self.run("update", "--restart", self.draw(["no", "always", "on-failure:2"]), n), 1),
            (lambda n: self.run("stats", "--no-stream", n), 1),
            (lambda n: self.run("cp", f"{n}:/service", f"{os.getcwd()}/cp-{threading.get_ident()}"), 1),
        ]
        self.draw([act for act, weight in acts for _ in range(weight)])(name)

    def make(self, name):
        with self.lock:
            key = f"c{len(self.made)}"
            container = self.made[key] = Container(key)
        lines, pause, code = self.draw([0, 5, 50, 2000]), self.draw(["0", "0", "0.01", "0.2"]), self.draw([0, 0, 1, 7])
        options = ["--name", name, "-e", f"CHAOS={key}", "-v", f"{container.truth}:/truth", "--cgroup-parent", self.parent, "--network", "none"]
        options += self.draw([[], [], ["-m", "64m"], ["--pids-limit", "50"], ["-i"], ["--init"], ["-t"]])
        options += self.draw([[], [], [], ["--restart", "always"], ["--restart", "on-failure:3"], ["--restart", "unless-stopped"], ["--rm"]])
        verb = self.draw([["run", "-d"], ["run", "-d"], ["create"]])
        self.run(*verb, *options, self.image, "/service", str(lines), pause, str(code))

    def named(self, name):
        """What was made for the container that now has a name, and its id: another may have the name in a moment."""
        _, out, _ = self.run("inspect", "--format", "{{.Id}} {{json .Config.Env}}", name, killable=False)
        ident, _, variables = out.partition(" ")
        with contextlib.suppress(ValueError, TypeError):
            for variable in json.loads(variables):
                if variable.startswith("CHAOS="):
                    return self.made[variable.removeprefix("CHAOS=")], ident
        return None, name

    def kill(self, name):
        container, ident = self.named(name)
        if container:
            container.killed = True  # before it happens
            self.run("kill", "-s", self.draw(["KILL", "TERM", "INT"]), ident)

    def stop(self, name, verb, timeout):
        container, ident = self.named(name)
        if container:
            container.stopped = True  # in the middle of a line, or between its last one and its end
        self.run(verb, "-t", timeout, ident)

    def remove(self, name):
        container, ident = self.named(name)
        if container:
            container.killed = True  # and it stays, if the client is killed behind that
        self.run("rm", "-f", "-v", ident)

    def exec(self, name):
        code, _, err = self.run("exec", name, "/bin/sh", "-c", "exit 5", patience=10, killable=False, ends=False)  # not while it is paused
        if code not in (1, 5, 125, 126, 137, -signal.SIGKILL):  # what it starts has the environment by which a command is known
            self.tell(f"exec {name} ended with {code}: {err}")

    def wait(self, name):
        self.run("wait", name, patience=3, ends=False)

    def attach(self, name):
        self.run("attach", "--no-stdin", "--sig-proxy=false", name, patience=2, ends=False)

    def follow(self, name):
        self.run("logs", "-f", name, patience=2, ends=False)

    # --- Chaos ------------------------------------------------------------------------------

    def disturb(self):
        while not self.ending.wait(0.2):
            with self.gate:
                if self.quiet:
                    continue
                self.inside += 1
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                self.draw([self.kill_supervisor, self.kill_command, self.kill_client, self.kill_both, self.stop_for_a_while, self.stop_for_a_while])()
            with self.gate:
                self.inside -= 1
                self.gate.notify_all()

    def supervisors(self):
        """Pid and key of each."""
        return [(pid, key) for pid, key, supervises in self.processes() if supervises]

    def commands(self):
        return [(pid, key) for pid, key, supervises in self.processes() if not supervises]

    def kill_supervisor(self):
        if found := self.supervisors():
            pid, key = self.draw(found)
            self.signal(key, pid, orphans=True)

    def kill_command(self):
        if found := self.commands():
            pid, key = self.draw(found)
            self.signal(key, pid)

    def kill_both(self):
        if found := self.supervisors():
            pid, key = self.draw(found)
            for other, its in self.commands():
                if its == key:
                    self.signal(key, other)
            self.signal(key, pid, orphans=True)

    def signal(self, key, pid, orphans=False):
        container = self.made[key]
        container.killed = True
        container.orphaned |= orphans
        os.kill(pid, signal.SIGKILL)
        self.count["kills"] += 1

    def kill_client(self):
        with self.lock:
            pids = sorted(self.clients)
        if pids:
            os.kill(self.draw(pids), signal.SIGKILL)
            self.count["kills"] += 1

    def stop_for_a_while(self):
        if found := [pid for pid, *_ in self.processes()]:
            pid = self.draw(found)
            os.kill(pid, signal.SIGSTOP)
            self.count["stops"] += 1
            time.sleep(self.draw([0.01, 0.3, 1.5]))
            os.kill(pid, signal.SIGCONT)

    def processes(self):
        """Pid, key and whether it is a supervisor, of all processes of containers."""
        ids = {}
        for path in glob.glob(f"{self.state}/containers/*/container.json"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError):
                for variable in json.loads(read(path)).get("config", {}).get("Env") or []:
                    if variable.startswith("CHAOS="):
                        ids[path.split("/")[-2]] = variable.removeprefix("CHAOS=")
        found = []
        for directory in glob.glob("/proc/[0-9]*"):
            pid = int(directory[6:])
            environ, words = read(f"{directory}/environ").split("\0"), read(f"{directory}/cmdline").split("\0")
            if "supervise" in words[:4] and any(self.state in variable for variable in environ + words):
                for ident in supervised(directory, self.state):
                    if ident in ids:
                        found.append((pid, ids[ident], True))
                continue
            found += [(pid, variable.removeprefix("CHAOS="), False) for variable in environ if variable.startswith("CHAOS=")]
        return [(pid, key, supervises) for pid, key, supervises in found if key in self.made]

    # --- Looks ------------------------------------------------------------------------------

    def look(self):
        """Has all pause, and holds each container against what is true."""
        with self.gate:
            self.quiet = True
            if not self.gate.wait_for(lambda: self.inside == 0, timeout=2 * PATIENCE):
                self.tell("a client does not come back")
        self.count["looks"] += 1
        code, out, err = self.run("ps", "-aq", "--no-trunc", killable=False)
        if code != 0:
            self.tell(f"ps: {err}")
        for ident in out.split():
            end = time.monotonic() + SETTLES
            while (wrong := self.wrong(ident)) and time.monotonic() < end:
                time.sleep(0.2)
            if wrong:
                self.tell(f"{ident[:12]}: {wrong}")
        with self.gate:
            self.quiet = False
            self.gate.notify_all()

    def wrong(self, ident):
        """What is not true of a container, or None."""
        path = f"{self.state}/containers/{ident}"
        code, out, err = self.run("inspect", ident, killable=False)
        if code != 0:
            return None if not os.path.exists(path) else f"inspect: {err}"  # --rm
        told = json.loads(out)[0]
        keys = [variable.removeprefix("CHAOS=") for variable in told["Config"]["Env"] if variable.startswith("CHAOS=")]
        if len(keys) != 1:
            return f"its environment is {told['Config']['Env']}"
        container, state = self.made[keys[0]], told["State"]
        mine = [(pid, supervises) for pid, key, supervises in self.processes() if key == container.key]
        supervisors = [pid for pid, supervises in mine if supervises]
        inside = [pid for pid, supervises in mine if not supervises]
        status, held = state["Status"], is_locked(f"{path}/lock")
        if len(supervisors) > 1:
            return f"it has the supervisors {supervisors}"
        if status in ("running", "paused", "restarting"):
            if not held or not supervisors:
                return f"it is {status}, and has no supervisor (lock {held})"
            if status != "restarting" and not os.path.exists(f"/proc/{state['Pid']}"):
                return f"it is {status}, and its process {state['Pid']} is not there"
            return self.wrong_log(ident, container, ended=False)
        if held or supervisors or inside:
            return f"it is {status}, and has the supervisors {supervisors}, the processes {inside} (lock {held})"
        return self.wrong_end(container, status, state) or self.wrong_log(ident, container, ended=status == "exited")

    def wrong_end(self, container, status, state):
        runs, ends, code = container.runs(), container.ends(), state["ExitCode"]
        if status == "created":
            return None if runs == 0 or state.get("Error") or container.orphaned else "it is created, and has run"
        if status == "dead":
            self.count["dead"] += 1
            return None if container.orphaned else f"it is dead, and nobody has killed its supervisor: {state}"
        self.count["exited"] += 1
        if runs in ends:
            want = ends[runs][0]
            ended = container.killed and code >= 128 or container.stopped and code == 128 + signal.SIGKILL
            return None if code == want or ended else f"it ended with {want}, and {code} is recorded"
        if container.orphaned or state.get("Error"):
            return None
        return None if code >= 128 else f"run {runs} has not come to its end, and {code} is recorded: {state}"

    def wrong_log(self, ident, container, ended):
        runs = container.runs()
        code, out, err = self.run("logs", ident, killable=False)
        if code != 0:
            return f"logs: {err}"
        last, seen = (0, 0), {}
        for line in out.replace("\r\n", "\n").splitlines(keepends=True):
            words = line.split()
            complete = line.endswith("\n") and len(words) == 3 and words[2] == "x" * 40
            if not complete:
                if container.killed or container.stopped or container.orphaned or not ended:
                    continue
                return f"its log has the line {line!r} after {last}"
            run, number = int(words[0]), int(words[1])
            if number != last[1] + 1 if run == last[0] else number != 1 or run < last[0]:
                return f"its log has line {(run, number)} after {last}"
            last = (run, number)
            seen[run] = number
        if not ended or container.orphaned:
            return None
        for run, (_, lines) in container.ends().items():
            if seen.get(run, 0) not in (lines, lines + 1) and run <= runs:
                return f"run {run} wrote {lines} lines, and its log has {seen.get(run, 0)}"
        return None

    # --- The end ----------------------------------------------------------------------------

    def remove_all(self):
        _, out, _ = self.run("ps", "-aq", "--no-trunc", killable=False)
        if out.split():
            code, _, err = self.run("rm", "-f", "-v", *out.split(), patience=10 * PATIENCE, killable=False)
            if code != 0:
                self.tell(f"rm -f: {err}")
        self.run("system", "prune", "-f", killable=False)
        end = time.monotonic() + SETTLES
        while (left := self.left()) and time.monotonic() < end:
            time.sleep(0.5)
        for what in left:
            self.tell(f"left: {what}")
        if left:
            print(self.evidence("self"))

    def left(self):
        left = [name for name in os.listdir(f"{self.state}/containers") if name != "names"]
        left += [f"name {name}" for name in os.listdir(f"{self.state}/containers/names")]
        left += [f"process {pid}: {read(f'/proc/{pid}/cmdline')!r}" for pid, *_ in self.processes()]
        left += [line for line in read("/proc/self/mountinfo").splitlines() if f"{self.state}/" in line]
        for root in glob.glob("/sys/fs/cgroup*/") + glob.glob("/sys/fs/cgroup/*/"):
            left += glob.glob(f"{root.rstrip('/')}{self.parent}/*/")
        return left


def supervised(directory, state):
    """The ids of the containers whose lock a process has open."""
    found = set()
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"{directory}/fd"):
            with contextlib.suppress(OSError):
                path = os.readlink(f"{directory}/fd/{fd}")
                if path.startswith(f"{state}/containers/") and path.endswith("/lock"):
                    found.add(path.split("/")[-2])
    return found


def is_locked(path):
    try:
        with open(path, "rb") as file:
            answer = fcntl.fcntl(file, F_OFD_GETLK, struct.pack("hhqqixxxx", fcntl.F_RDLCK, 0, 0, 0, 0))
            return struct.unpack("hhqqixxxx", answer)[0] != fcntl.F_UNLCK
    except FileNotFoundError:
        return False


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def main():
    image, state, parent, minutes, clients, seed, *command = sys.argv[1:]
    chaos = Chaos(image, os.path.realpath(state), parent, int(seed), command)
    os.makedirs("truth", exist_ok=True)
    threads = [threading.Thread(target=chaos.client, daemon=True) for _ in range(int(clients))]
    threads.append(threading.Thread(target=chaos.disturb, daemon=True))
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60 * float(minutes)
    while time.monotonic() < end and len(chaos.faults) < 20:
        time.sleep(EVERY)
        chaos.look()
        print(f"{max(0, end - time.monotonic()):6.0f} s left: " + ", ".join(f"{chaos.count[kind]} {kind}" for kind in KINDS), flush=True)
    chaos.ending.set()
    for thread in threads:
        thread.join(2 * PATIENCE)
    chaos.look()
    chaos.remove_all()
    print(f"{len(chaos.made)} containers, {len(chaos.faults)} faults (seed {seed})")
    return 1 if chaos.faults else 0


if __name__ == "__main__":
    sys.exit(main())
