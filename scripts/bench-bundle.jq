# The OCI configuration that Docker gives a container by default, with three limits.
# The input is Docker's seccomp profile; $cpu, $cgroup, $etc (the directory of the files
# that are mounted below /etc) and $capabilities (Docker's default) are arguments.

def mount($type; $destination; $options): {$type, source: $type, $destination, $options};
def bound($name): {type: "bind", source: ($etc + "/" + $name), destination: ("/etc/" + $name), options: ["rbind", "rprivate"]};
def device($major; $minor): {allow: true, type: "c", $major, $minor, access: "rwm"};
def namespaces: ["uts", "ipc", "pid", "mount", "network"] | map({type: .});

# granted($have) is whether a rule's condition on capabilities, if it has one, holds.
def granted($have): all((.caps // [])[]; . as $name | any($have[]; . == $name));
def for_arch: (.arches // ["amd64"]) | any(.[]; . == "amd64");

# seccomp translates the profile for this architecture and these capabilities.
def seccomp: {
  defaultAction, defaultErrnoRet,
  architectures: (.archMap[] | select(.architecture == "SCMP_ARCH_X86_64") | [.architecture] + .subArchitectures),
  syscalls: [.syscalls[]
    | select((.includes // {}) | for_arch and granted($capabilities))
    | select((.excludes // {}) | ((.caps // []) | length == 0 or all(.[]; . as $name | any($capabilities[]; . == $name) | not))
        and ((.arches // []) | any(.[]; . == "amd64") | not))
    | {names, action, args, errnoRet} | with_entries(select(.value != null))]
};

{
  ociVersion: "1.0.2",
  hostname: "bench",
  process: {
    terminal: false, user: {uid: 0, gid: 0}, args: ["/noop"], cwd: "/",
    env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    capabilities: {bounding: $capabilities, effective: $capabilities, permitted: $capabilities}
  },
  root: {path: "rootfs"},
  mounts: [
    mount("proc"; "/proc"; ["nosuid", "noexec", "nodev"]),
    mount("tmpfs"; "/dev"; ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("devpts"; "/dev/pts"; ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    mount("sysfs"; "/sys"; ["nosuid", "noexec", "nodev", "ro"]),
    mount("cgroup"; "/sys/fs/cgroup"; ["ro", "nosuid", "noexec", "nodev"]),
    mount("mqueue"; "/dev/mqueue"; ["nosuid", "noexec", "nodev"]),
    mount("tmpfs"; "/dev/shm"; ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"]),
    bound("resolv.conf"), bound("hostname"), bound("hosts")
  ],
  linux: {
    cgroupsPath: $cgroup,
    namespaces: namespaces,
    resources: {
      devices: ([{allow: false, access: "rwm"}]
        + [device(1; 3), device(1; 5), device(1; 7), device(1; 8), device(1; 9), device(5; 0), device(5; 1)]),
      memory: {limit: 104857600}, cpu: {cpus: $cpu, shares: 512}
    },
    seccomp: seccomp,
    maskedPaths: ((["acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list", "timer_stats"]
      | map("/proc/" + .)) + ["/sys/devices/virtual/powercap", "/sys/firmware"]),
    readonlyPaths: (["bus", "fs", "irq", "sys", "sysrq-trigger"] | map("/proc/" + .))
  }
}
