// The least that a container can cost: what a C program does that makes Docker's container
// with mount(2), step by step, and nothing else. scripts/bench.sh compares with it.
//
//   floor [-l] [-o] ROOT COMMAND
//
//   -l  with three limits: 100 MiB of memory, one CPU, 512 CPU shares
//   -o  on an overlay over ROOT, and not on ROOT itself; COMMAND writes nothing there
//
// Five namespaces; /proc, /sys, a /dev with nodes, devpts, shm and mqueue; the masked and
// read-only paths; all 41 capabilities out of the bounding set; a filter of 390 instructions.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (int)(sizeof(array) / sizeof(*(array)))

static char layer[64]; // the directory of the overlay's upper layer

static void must(int result, const char *what) {
    if (result < 0) err(125, "%s", what);
}

static void attach(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
    must(mount(source, target, type, flags, data), target);
}

// write_to writes text to the file name of the directory dir.
static void write_to(const char *dir, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) err(125, "%s", path);
    close(fd);
}

// The container's cgroups: one on v2, one in each of three hierarchies on v1.
static char cgroups[3][64];
static int is_v2;

static void limit(void) {
    static const char *const trees[] = {"memory", "cpuset", "cpu"};
    is_v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    if (is_v2) write_to("/sys/fs/cgroup", "cgroup.subtree_control", "+memory +cpuset +cpu");
    for (int n = 0; n < (is_v2 ? 1 : 3); n++) {
        snprintf(cgroups[n], sizeof cgroups[n], "/sys/fs/cgroup/%s/floor-%d", is_v2 ? "" : trees[n], getpid());
        must(mkdir(cgroups[n], 0755), cgroups[n]);
    }
    if (!is_v2) write_to(cgroups[1], "cpuset.mems", "0");
    write_to(cgroups[0], is_v2 ? "memory.max" : "memory.limit_in_bytes", "104857600");
    write_to(cgroups[is_v2 ? 0 : 1], "cpuset.cpus", sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "1" : "0");
    write_to(cgroups[is_v2 ? 0 : 2], is_v2 ? "cpu.weight" : "cpu.shares", is_v2 ? "20" : "512");
}

// enter moves the process that calls it: tasks, unlike cgroup.procs, waits for no RCU.
static void enter(void) {
    for (int n = 0; n < 3 && *cgroups[n]; n++) write_to(cgroups[n], is_v2 ? "cgroup.procs" : "tasks", "0");
}

static void make_root(const char *root) {
    char options[512];
    attach(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (*layer) {
        snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", root, layer, layer);
        attach("overlay", root, "overlay", 0, options);
    } else {
        attach(root, root, NULL, MS_BIND | MS_REC, NULL);
    }
    must(chdir(root), root);
    attach("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    attach("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "dev");
    attach("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    attach("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k");
    attach("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    attach("sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
    static const struct { const char *path; int major, minor; } nodes[] = {
        {"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7},
        {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    for (int n = 0; n < COUNT(nodes); n++) {
        must(mknod(nodes[n].path, S_IFCHR | 0666, makedev(nodes[n].major, nodes[n].minor)), nodes[n].path);
        must(chmod(nodes[n].path, 0666), nodes[n].path);
    }
    static const char *const links[][2] = {{"pts/ptmx", "dev/ptmx"}, {"/proc/self/fd", "dev/fd"},
        {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"}};
    for (int n = 0; n < COUNT(links); n++) must(symlink(links[n][0], links[n][1]), links[n][1]);
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount2");
    must(chdir("/"), "/");
}

static void close_paths(void) {
    static const char *const masked[] = {"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
        "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"};
    static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    const unsigned long none = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    struct stat about;
    for (int n = 0; n < COUNT(masked); n++) {
        if (stat(masked[n], &about) < 0) continue;
        if (S_ISDIR(about.st_mode)) attach("tmpfs", masked[n], "tmpfs", MS_RDONLY, NULL);
        else attach("/dev/null", masked[n], NULL, MS_BIND, NULL);
    }
    for (int n = 0; n < COUNT(read_only); n++) {
        if (stat(read_only[n], &about) < 0) continue;
        attach(read_only[n], read_only[n], NULL, MS_BIND | MS_REC, NULL);
        attach(NULL, read_only[n], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | none, NULL);
    }
}

static void confine(void) {
    struct sock_filter code[390] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
    int n = 1;
    while (n < COUNT(code) - 1) { // the system calls by number, one after the other
        code[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, n / 2, 0, 1);
        code[n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        n += 2;
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {n, code};
    for (int capability = 0; capability <= 40; capability++)
        must(prctl(PR_CAPBSET_DROP, capability), "PR_CAPBSET_DROP");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "PR_SET_SECCOMP");
}

static void remove_layer(void) {
    static const char *const dirs[] = {"work/work", "work", "upper", "."};
    must(chdir(layer), layer);
    for (int n = 0; n < 3; n++) rmdir(dirs[n]);
    must(rmdir(layer), layer);
}

int main(int argc, char **argv) {
    int option, limits = 0, overlay = 0;
    while ((option = getopt(argc, argv, "+lo")) != -1) {
        if (option == 'l') limits = 1;
        else overlay = 1;
    }
    argv += optind;
    if (argc - optind < 2) errx(125, "usage: floor [-l] [-o] ROOT COMMAND");
    if (overlay) {
        snprintf(layer, sizeof layer, "%s", "/var/tmp/floor-XXXXXX");
        if (!mkdtemp(layer)) err(125, "mkdtemp");
        must(chdir(layer) | mkdir("upper", 0755) | mkdir("work", 0755), layer);
    }
    if (limits) limit();
    int flags = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | SIGCHLD;
    int child = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    must(child, "clone");
    if (child == 0) {
        if (limits) enter();
        make_root(argv[0]);
        close_paths();
        confine();
        execv(argv[1], argv + 1);
        err(127, "%s", argv[1]);
    }
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    for (int n = 0; n < 3 && *cgroups[n]; n++) must(rmdir(cgroups[n]), cgroups[n]);
    if (*layer) remove_layer();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
