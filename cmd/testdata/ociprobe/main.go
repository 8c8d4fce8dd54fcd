// Command ociprobe is the process of the containers of TestOCIDifferential: it prints what it
// sees, a line "KEY QUOTED-VALUE" each, then a line "end", waits for a byte on stdin and does
// the system calls that end it.
//
// It does without packages os and fmt: os raises the limit of open files at its start.
package main

import (
	"sort"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	p := &probe{}
	args, env := words("/proc/self/cmdline"), words("/proc/self/environ")
	if len(args) > 2 && args[1] == "note" { // as a hook
		note(args[2:])
		exit(0)
	}
	p.add("args", strings.Join(args, " "))
	p.add("env", strings.Join(env, " "))
	p.identity()
	p.limits()
	p.names()
	p.files()
	p.mounts()
	p.devices("/dev", "/dev/pts", "/dev/shm", "/dev/net", "/extra")
	p.covered(args)
	p.calls(args, "call:")
	write(1, p.text+"end\n")
	var goOn [1]byte
	_, err := syscall.Read(0, goOn[:])
	if err == nil {
		p.text = ""
		p.calls(args, "last-call:")
		write(1, p.text)
	}
	exit(after(args, "exit:"))
}

type probe struct{ text string }

func (p *probe) add(key, value string) { p.text += key + " " + strconv.Quote(value) + "\n" }

func (p *probe) addError(key string, err error) {
	errno, _ := err.(syscall.Errno)
	p.add(key, "errno "+strconv.Itoa(int(errno)))
}

func (p *probe) addNumber(key string, n int, err error) {
	if err != nil {
		p.addError(key, err)
		return
	}
	p.add(key, strconv.Itoa(n))
}

func (p *probe) identity() {
	p.add("uid", ints(syscall.Getuid(), syscall.Geteuid()))
	p.add("gid", ints(syscall.Getgid(), syscall.Getegid()))
	groups, _ := syscall.Getgroups()
	sort.Ints(groups)
	p.add("groups", ints(groups...))
	var wanted = []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "SigBlk", "SigIgn", "Cpus_allowed_list", "Mems_allowed_list", "CoreDumping", "THP_enabled"}
	for _, line := range strings.Split(content("/proc/thread-self/status"), "\n") {
		name, value, _ := strings.Cut(line, ":")
		for _, want := range wanted {
			if name == want {
				p.add("status:"+name, strings.TrimSpace(value))
			}
		}
	}
	umask := syscall.Umask(0)
	p.add("umask", strconv.FormatInt(int64(umask), 8))
	pid := syscall.Getpid()
	p.add("pid", ints(pid))
	session, _, _ := syscall.RawSyscall(syscall.SYS_GETSID, 0, 0, 0)
	group, _ := syscall.Getpgid(0)
	p.add("session", strconv.FormatBool(int(session) == pid && group == pid))
	p.add("oom-score", strings.TrimSpace(content("/proc/self/oom_score_adj")))
	nnp, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	p.addNumber("nnp", nnp, err)
	keeps, err := unix.PrctlRetInt(unix.PR_GET_KEEPCAPS, 0, 0, 0, 0)
	p.addNumber("keepcaps", keeps, err)
	bits, err := unix.PrctlRetInt(unix.PR_GET_SECUREBITS, 0, 0, 0, 0)
	p.addNumber("securebits", bits, err)
	reaper := 0
	signal, _, _ := syscall.RawSyscall6(syscall.SYS_PRCTL, unix.PR_GET_PDEATHSIG, uintptr(pointer(&reaper)), 0, 0, 0, 0)
	p.addNumber("pdeathsig", reaper+int(signal), nil)
	p.add("nice", call(syscall.SYS_GETPRIORITY, 0, 0))
	p.add("ioprio", call(unix.SYS_IOPRIO_GET, 1, 0))
	p.add("scheduler", call(unix.SYS_SCHED_GETSCHEDULER))
	p.add("personality", call(syscall.SYS_PERSONALITY, 0xffffffff))
	p.add("timens", strings.Join(strings.Fields(content("/proc/self/timens_offsets")), " "))
	p.add("uid-map", strings.Join(strings.Fields(content("/proc/self/uid_map")), " "))
	p.add("gid-map", strings.Join(strings.Fields(content("/proc/self/gid_map")), " "))
	p.add("setgroups", strings.TrimSpace(content("/proc/self/setgroups")))
	p.add("cgroup", strings.TrimSpace(content("/proc/self/cgroup")))
}

func (p *probe) limits() {
	for n := range 16 {
		var limit syscall.Rlimit
		err := syscall.Getrlimit(n, &limit)
		if err != nil {
			p.addError("rlimit:"+strconv.Itoa(n), err)
			continue
		}
		p.add("rlimit:"+strconv.Itoa(n), strconv.FormatUint(limit.Cur, 10)+" "+strconv.FormatUint(limit.Max, 10))
	}
}

func (p *probe) names() {
	var name syscall.Utsname
	if err := syscall.Uname(&name); err != nil {
		p.addError("hostname", err)
		return
	}
	p.add("hostname", chars(name.Nodename[:]))
	p.add("domainname", chars(name.Domainname[:]))
	for _, kind := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		p.add("namespace:"+kind, link("/proc/self/ns/"+kind))
	}
	for _, file := range []string{
		"kernel/msgmax", "kernel/shm_rmid_forced", "kernel/sem", "fs/mqueue/msg_max", "net/ipv4/ip_forward",
		"net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range", "net/core/somaxconn",
	} {
		p.add("sysctl:"+file, strings.TrimSpace(content("/proc/sys/"+file)))
	}
	p.add("network", strings.Join(list("/sys/class/net"), " "))
}

func (p *probe) files() {
	var dir [4096]byte
	n, err := syscall.Getcwd(dir[:])
	if err != nil {
		p.addError("cwd", err)
	} else {
		p.add("cwd", string(dir[:n-1]))
	}
	var open []string
	for fd := range 256 {
		flags, _, errno := syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		target := ""
		if errno == 0 {
			target = link("/proc/self/fd/" + strconv.Itoa(fd))
		}
		if errno == 0 && !strings.HasPrefix(target, "anon_inode:[event") { // the runtime's own
			kind, _, _ := strings.Cut(target, ":")
			open = append(open, strconv.Itoa(fd)+"="+kind+"/"+strconv.Itoa(int(flags)))
		}
	}
	p.add("fds", strings.Join(open, " "))
	p.add("root-entries", strings.Join(list("/"), " "))
	p.addError("root-write", create("/written"))
	p.addError("tmp-write", create("/tmp/written"))
	p.addError("sysfs-write", open2("/sys/kernel/mm/transparent_hugepage/enabled", syscall.O_WRONLY))
	p.addError("cgroup-write", syscall.Mkdir("/sys/fs/cgroup/made", 0o755))
	p.addError("mknod", mknod("/tmp/node"))
	p.add("notes-inside", content("/dev/shm/notes"))
	p.add("cgroup-entries", strings.Join(list("/sys/fs/cgroup"), " "))
	p.add("proc-self-exe", link("/proc/self/exe"))
}

// mounts are told without their ids, and with what is at the root of each.
func (p *probe) mounts() {
	for _, line := range strings.Split(strings.TrimSpace(content("/proc/self/mountinfo")), "\n") {
		fields := strings.Fields(line)
		dash := 0
		for n, field := range fields {
			if field == "-" {
				dash = n
			}
		}
		if dash < 6 || len(fields) < dash+3 {
			continue
		}
		super := ""
		if len(fields) > dash+3 {
			super = fields[dash+3]
		}
		var propagation []string
		for _, field := range fields[6:dash] {
			kind, _, _ := strings.Cut(field, ":")
			propagation = append(propagation, kind)
		}
		key := "mount:" + fields[4]
		p.add(key+":type", fields[dash+1])
		p.add(key+":options", fields[5])
		p.add(key+":propagation", strings.Join(propagation, " "))
		p.add(key+":root", fields[3])
		p.add(key+":source", fields[dash+2])
		p.add(key+":super", super)
		p.add(key+":mode", mode(fields[4]))
	}
}

func (p *probe) devices(dirs ...string) {
	for _, dir := range dirs {
		for _, name := range list(dir) {
			path := dir + "/" + name
			var stat syscall.Stat_t
			if err := syscall.Lstat(path, &stat); err != nil {
				p.addError("file:"+path, err)
				continue
			}
			text := strconv.FormatUint(uint64(stat.Mode), 8) + " " + ints(int(stat.Uid), int(stat.Gid)) + " "
			switch stat.Mode & syscall.S_IFMT {
			case syscall.S_IFCHR, syscall.S_IFBLK:
				text += ints(int(unix.Major(stat.Rdev)), int(unix.Minor(stat.Rdev)))
				err := open2(path, syscall.O_RDONLY|syscall.O_NONBLOCK)
				errno, _ := err.(syscall.Errno)
				text += " open " + strconv.Itoa(int(errno))
			case syscall.S_IFLNK:
				text += link(path)
			}
			p.add("file:"+path, text)
		}
	}
}

// covered tells of paths that are hidden or read-only, by what can be done with them.
func (p *probe) covered(args []string) {
	for _, arg := range args {
		path, ok := strings.CutPrefix(arg, "path:")
		if !ok {
			continue
		}
		var stat syscall.Stat_t
		if err := syscall.Stat(path, &stat); err != nil {
			p.addError("path:"+path, err)
			continue
		}
		if stat.Mode&syscall.S_IFMT == syscall.S_IFDIR {
			p.add("path:"+path+":entries", ints(len(list(path))))
			p.addError("path:"+path+":write", create(path+"/written"))
			continue
		}
		p.add("path:"+path+":empty", strconv.FormatBool(content(path) == ""))
		p.addError("path:"+path+":write", open2(path, syscall.O_WRONLY))
	}
}

// calls does system calls that a filter may forbid. Those that may end the process come last.
func (p *probe) calls(args []string, prefix string) {
	numbers := map[string]uintptr{
		"getpgid": syscall.SYS_GETPGID, "times": syscall.SYS_TIMES, "sysinfo": syscall.SYS_SYSINFO,
		"chroot": syscall.SYS_CHROOT, "personality": syscall.SYS_PERSONALITY, "getrusage": syscall.SYS_GETRUSAGE,
		"ioprio_get": unix.SYS_IOPRIO_GET, "keyctl": unix.SYS_KEYCTL, "socket": syscall.SYS_SOCKET,
	}
	for _, arg := range args {
		text, ok := strings.CutPrefix(arg, prefix)
		if !ok {
			continue
		}
		name, first, _ := strings.Cut(text, "=")
		argument, _ := strconv.ParseUint(first, 10, 64)
		number := numbers[name]
		_, _, errno := syscall.RawSyscall6(number, uintptr(argument), 0, 0, 0, 0, 0)
		p.add("call:"+text, "errno "+strconv.Itoa(int(errno)))
	}
}

// note appends its arguments, the state's status and what of the environment is told to a file.
func note(args []string) {
	state := make([]byte, 65536)
	n, _ := syscall.Read(0, state)
	status := ""
	if _, behind, ok := strings.Cut(string(state[:max(n, 0)]), `"status":"`); ok {
		status, _, _ = strings.Cut(behind, `"`)
	}
	fd, err := syscall.Open(args[0], syscall.O_WRONLY|syscall.O_CREAT|syscall.O_APPEND, 0o644)
	if err != nil {
		exit(1)
	}
	write(fd, strings.Join(args[1:], " ")+" "+status+" "+strings.Join(words("/proc/self/environ"), " ")+"\n")
}
