#!/usr/bin/env python3
"""What libseccomp makes of a profile: the outcomes that the tests of
container/security/seccomp expect.

usage: seccomp-expected.py default PROFILE    Docker's profile, with several capabilities
       seccomp-expected.py random SEED COUNT  small profiles of chance, and their outcomes

The rules are chosen as Docker chooses them and handed to libseccomp as runc does. What
libseccomp exports is run here, for each number of each ABI, and with runc's ENOSYS for
what is newer than the profile. $LIBSECCOMP is the library; it has to know all names.
"""

import ctypes
import ctypes.util
import json
import os
import random
import struct
import sys
import tempfile

lib = ctypes.CDLL(os.environ.get("LIBSECCOMP") or ctypes.util.find_library("seccomp"), use_errno=True)
lib.seccomp_init.restype = ctypes.c_void_p


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


lib.seccomp_rule_add_array.argtypes = [
    ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
for name in ("seccomp_release", "seccomp_arch_add", "seccomp_arch_remove", "seccomp_export_bpf"):
    getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.c_uint32][: 1 if name == "seccomp_release" else 2]

X32_BIT = 1 << 30
ARM_PRIVATE = 0xF0000
M32, M64 = (1 << 32) - 1, (1 << 64) - 1
ENOSYS, EPERM = 38, 1
# name: libseccomp's token, seccomp_data.arch, bit of all numbers
ABIS = {
    "SCMP_ARCH_X86_64": (0xC000003E, 0xC000003E, 0),
    "SCMP_ARCH_X86": (0x40000003, 0x40000003, 0),
    "SCMP_ARCH_X32": (0x4000003E, 0xC000003E, X32_BIT),
    "SCMP_ARCH_AARCH64": (0xC00000B7, 0xC00000B7, 0),
    "SCMP_ARCH_ARM": (0x40000028, 0x40000028, 0),
}
OWN = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}
OPS = {"NE": 1, "LT": 2, "LE": 3, "EQ": 4, "GE": 5, "GT": 6, "MASKED_EQ": 7}
ACTIONS = {
    "KILL": 0, "KILL_THREAD": 0, "KILL_PROCESS": 0x80000000, "TRAP": 0x30000, "ERRNO": 0x50000,
    "TRACE": 0x7FF00000, "LOG": 0x7FFC0000, "ALLOW": 0x7FFF0000,
}
LENIENT = (0x7FFF0000, 0x7FFC0000, 0x7FF00000)


def action(name, errno):
    value = ACTIONS[name.removeprefix("SCMP_ACT_")]
    return value | (EPERM if errno is None else errno) if value in (0x50000, 0x7FF00000) else value


def chosen(profile, machine, caps, kernel):
    """The profile's rules for this host (moby/profiles/seccomp, setupSeccomp)."""
    for rule in profile["syscalls"]:
        no, yes = rule.get("excludes") or {}, rule.get("includes") or {}
        least = lambda c: kernel >= tuple(map(int, c["minKernel"].split(".")))
        if machine in no.get("arches", []) or set(no.get("caps", [])) & caps or "minKernel" in no and least(no):
            continue
        if yes.get("arches") and machine not in yes["arches"] or set(yes.get("caps", [])) - caps:
            continue
        if "minKernel" in yes and not least(yes):
            continue
        yield rule


class Filter:
    """A filter as runc has libseccomp make it."""

    def __init__(self, profile, machine, caps, kernel, trusted):
        own = OWN[machine]
        names = profile.get("architectures") or []
        for entry in profile.get("archMap") or []:
            if entry["architecture"] == own:
                names = [own] + (entry["subArchitectures"] or [])
        self.abis = [n for n in ABIS if n in [own] + names and (n in ("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM")) == (machine == "arm64")]
        self.trusted, self.wrong = trusted, 0
        self.default = action(profile["defaultAction"], profile.get("defaultErrnoRet"))
        self.rules = list(chosen(profile, machine, caps, kernel))
        self.of = {abi: {} for abi in self.abis}  # the rules of each number
        for abi in self.abis:
            for rule in self.rules:
                for name in rule["names"]:
                    self.of[abi].setdefault(self.numbers(name, abi), []).append(rule)
        self.last = {abi: self.newest(abi) for abi in self.abis}
        ctx = lib.seccomp_init(self.default)
        native = lib.seccomp_arch_native() & M32
        for abi in self.abis:
            if ABIS[abi][0] != native:
                self.check(lib.seccomp_arch_add(ctx, ABIS[abi][0]), abi)
        if ABIS[own][0] != native:
            self.check(lib.seccomp_arch_remove(ctx, native), "native")
        for rule in self.rules:
            for name in rule["names"]:
                self.add(ctx, name, rule)
        with tempfile.TemporaryFile() as file:
            self.check(lib.seccomp_export_bpf(ctx, file.fileno()), "export")
            file.seek(0)
            self.code = list(struct.iter_unpack("<HBBI", file.read()))
        lib.seccomp_release(ctx)

    @staticmethod
    def check(rc, what):
        if rc < 0:
            raise OSError(-rc, what)

    def numbers(self, name, abi):
        n = lib.seccomp_syscall_resolve_name_arch(ABIS[abi][0], name.encode())
        return n if n >= 0 else None

    def newest(self, abi):
        """The newest call of abi, and of arm's private ones: runc takes those for the newest
        and so has EPERM for all new calls."""
        known = [n for n in self.of[abi] if n is not None]
        return [max([n for n in known if (n >= ARM_PRIVATE and abi == "SCMP_ARCH_ARM") == private], default=None) for private in (False, True)]

    def add(self, ctx, name, rule):
        do = action(rule["action"], rule.get("errnoRet"))
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number == -1:
            raise LookupError(f"libseccomp does not know {name}")
        if do == self.default:
            return
        args = [Compare(a["index"], OPS[a["op"].removeprefix("SCMP_CMP_")], a["value"], a.get("valueTwo", 0)) for a in rule.get("args") or []]
        indexes = [a.arg for a in args]
        alternatives = [[a] for a in args] if len(set(indexes)) < len(indexes) else [args]
        for group in alternatives:
            self.check(lib.seccomp_rule_add_array(ctx, do, number, len(group), (Compare * 6)(*group)), name)

    def newer(self, abi, number):
        last, private = self.last[abi]
        if self.default & 0xFFFF0000 in LENIENT or last is None and private is None:
            return False
        if abi == "SCMP_ARCH_ARM" and number >= ARM_PRIVATE:
            return private is None or number > private
        return last is not None and number > last

    def means(self, abi, number, args):
        """The outcome as the profile is meant: libseccomp 2.6 confuses some comparisons of
        one argument with each other."""
        wide = M64 if abi in OWN.values() else M32
        got = self.default
        for rule in self.of[abi].get(number, []):
            do = action(rule["action"], rule.get("errnoRet"))
            if do == self.default:
                continue
            holds = []
            for arg in rule.get("args") or []:
                have, want, mask = args[arg["index"]] & wide, arg["value"] & wide, arg.get("valueTwo", 0)
                holds.append({"NE": have != want, "LT": have < want, "LE": have <= want, "EQ": have == want, "GE": have >= want,
                              "GT": have > want, "MASKED_EQ": have & want == mask & want}[arg["op"].removeprefix("SCMP_CMP_")])
            indexes = [arg["index"] for arg in rule.get("args") or []]
            if any(holds) if len(set(indexes)) < len(indexes) else all(holds):
                got = do
        return 0x50000 | ENOSYS if self.newer(abi, number) else got

    def run(self, abi, number, args):
        if self.newer(abi, number):
            return 0x50000 | ENOSYS
        data = struct.pack("<IIQ6Q", number, ABIS[abi][1], 0, *args)
        pc = a = 0
        while True:
            code, jt, jf, k = self.code[pc]
            pc += 1
            if code == 0x20:
                a = struct.unpack_from("<I", data, k)[0]
            elif code == 0x54:
                a &= k
            elif code == 0x06:
                return k
            elif code == 0x05:
                pc += k
            else:
                yes = {0x15: a == k, 0x25: a > k, 0x35: a >= k, 0x45: a & k != 0}[code]
                pc += jt if yes else jf


    def right(self, got, abi, number, args):
        return self.trusted or got == self.means(abi, number, args)

    def probe(self, abi, number, args):
        """The line for one call, unless libseccomp is wrong."""
        got = self.run(abi, number, (args * 6)[:6])
        if self.right(got, abi, number, (args * 6)[:6]):
            yield f"{abi} {','.join(f'{a:x}' for a in args)} {number:x}-{number:x} {got:x}"
        else:
            self.wrong += 1


def edges(rules):
    """Values beside those that rules compare arguments with."""
    values = {0, 1, M32, M32 + 1, M64}
    for rule in rules:
        for arg in rule.get("args") or []:
            for v in (arg["value"], arg.get("valueTwo", 0)):
                values |= {(v + d) & M64 for d in (-1, 0, 1)} | {v & M32, v | 1 << 32, v ^ 1 << 63}
            if arg["op"] == "SCMP_CMP_MASKED_EQ":
                values |= {1 << bit for bit in range(64)} | {arg.get("valueTwo", 0) | 1 << bit for bit in range(64)}
    return sorted(values)


def outcomes(f):
    """Lines "ABI ARGUMENT FIRST-LAST ACTION": all arguments have that value."""
    for abi in f.abis:
        bit = ABIS[abi][2]
        last = (f.last[abi][0] or bit) + 50
        for value in (0, M64):
            runs = []
            for number in list(range(bit, last + 1)) + ([ARM_PRIVATE + i for i in range(8)] if abi == "SCMP_ARCH_ARM" else []):
                got = f.run(abi, number, [value] * 6)
                if not f.right(got, abi, number, [value] * 6):
                    f.wrong += 1
                elif runs and runs[-1][2] == got and runs[-1][1] == number - 1:
                    runs[-1][1] = number
                else:
                    runs.append([number, number, got])
            for first, end, got in runs:
                yield f"{abi} {value:x} {first:x}-{end:x} {got:x}"
        compared = {n: rules for n, rules in f.of[abi].items() if n is not None and any(r.get("args") for r in rules)}
        for number, rules in sorted(compared.items()):
            for value in edges(rules):
                yield from f.probe(abi, number, [value])


DOCKER = """CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP
CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE""".split()


def default(path):
    profile = json.load(open(path))
    used = sorted({c for r in profile["syscalls"] for k in ("includes", "excludes") for c in (r.get(k) or {}).get("caps", [])})
    sets = [DOCKER, []] + [DOCKER + [c] for c in used if c not in DOCKER] + [used]
    for machine in OWN:
        seen = {}
        for caps in sets:
            f = Filter(profile, machine, set(caps), (6, 18), True)
            lines = list(outcomes(f))
            print("host", machine, "6.18", *(sorted(caps)))
            for line in lines:  # of further sets, only what differs from Docker's
                if caps is DOCKER or line not in seen:
                    print(line)
            seen = seen or set(lines)


def chance(seed, count):
    r = random.Random(seed)
    names = ["clone", "prctl", "personality", "read", "ioctl", "chown32", "cacheflush", "openat2"]
    value = lambda: r.choice([0, 1, 2, 7, 40, M32 - 1, M32, M32 + 1, 1 << 33, 5 << 32 | 9, M64, r.getrandbits(6), r.getrandbits(64)])
    done = wrong = 0
    while done < count:
        acts = [r.choice(["SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG"]) for _ in range(2)]
        profile = {"defaultAction": acts[0], "architectures": r.sample([n for n in ABIS], r.randint(0, 5)), "syscalls": []}
        for name in r.sample(names, 4):
            # Of several actions for one call libseccomp takes one by the order in its tree.
            kind = r.choice(["SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_TRAP", "SCMP_ACT_TRACE"])
            for _ in range(r.randint(1, 4)):
                rule = {"names": [name], "action": kind, "args": []}
                for index in (r.sample(range(6), r.choice([1, 1, 1, 2, 3])) if r.random() < 0.9 else []):
                    rule["args"].append({"index": index, "value": value(), "valueTwo": value(), "op": "SCMP_CMP_" + r.choice(list(OPS))})
                if kind == "SCMP_ACT_ERRNO":
                    rule["errnoRet"] = 7
                profile["syscalls"].append(rule)
        machine = r.choice(list(OWN))
        try:
            f = Filter(profile, machine, set(), (6, 18), False)
        except OSError:
            continue
        done += 1
        print("profile", json.dumps(profile, separators=(",", ":")))
        print("host", machine, "6.18")
        print(*outcomes(f), sep="\n")
        for _ in range(40):  # arguments that differ
            abi, rule = r.choice(f.abis), r.choice(profile["syscalls"] or [{"names": ["read"]}])
            number = f.numbers(rule["names"][0], abi)
            if number is not None:
                args = [r.choice(edges([rule])) for _ in range(6)]
                for a in rule.get("args") or []:
                    args[a["index"]] = r.choice(edges([{"args": [a]}]))
                for line in f.probe(abi, number, args):
                    print(line)
        wrong += f.wrong
    print("left out:", wrong, "calls", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1] == "default":
        default(sys.argv[2])
    else:
        chance(int(sys.argv[2]), int(sys.argv[3]))
