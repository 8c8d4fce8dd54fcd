package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
)

// files are those of a host on which everything is well: cgroup v2, no filter.
func files(changes map[string]string) map[string]string {
	all := map[string]string{
		"/proc/self/mountinfo": "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n" +
			"23 22 0:21 / /proc rw - proc proc rw\n" +
			"24 22 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		"/proc/self/status":                     "Name:\tmydocker\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n",
		"/proc/self/cgroup":                     "0::/user.slice\n",
		"/proc/self/uid_map":                    "         0          0 4294967295\n",
		"/proc/thread-self":                     "",
		"/proc/filesystems":                     "nodev\tproc\nnodev\toverlay\n",
		"/proc/swaps":                           "Filename\tType\n",
		"/proc/sys/kernel/osrelease":            "6.1.0\n",
		"/sys/fs/cgroup/cgroup.procs":           "",
		"/etc/passwd":                           "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n",
		"/sys/fs/cgroup/user.slice/cgroup.type": "domain\n",
		"/sys/fs/cgroup/user.slice/cgroup.kill": "",
	}
	for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		all["/proc/sys/user/max_"+kind+"_namespaces"] = "100\n"
	}
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/user.slice"} {
		all[dir+"/cgroup.controllers"] = "cpuset cpu io memory pids\n"
		all[dir+"/cgroup.procs"] = ""
		all[dir+"/cgroup.subtree_control"] = ""
	}
	for path, content := range changes {
		if content == gone {
			delete(all, path)
			continue
		}
		all[path] = content
	}
	return all
}

// gone is the content of a file that is not there.
const gone = "gone"

// knows is what a kernel says that has all features.
func knows(feature string) unix.Errno {
	return map[string]unix.Errno{"seccomp filters": unix.EFAULT, "mount API": unix.ENOENT, "openat2": unix.EINVAL, "mount_setattr": unix.EINVAL}[feature]
}

// lacksAll is what one says that has none of them.
func lacksAll(string) unix.Errno { return unix.ENOSYS }

// fakeHost is a host of such files, on which everything that is tried succeeds.
func fakeHost(t *testing.T, changes map[string]string) *Host {
	t.Helper()
	h := &Host{
		root:          t.TempDir(),
		tryRun:        func() trial { return trial{works: true} },
		tryNamespaces: func(uintptr) error { return nil },
		tryParent:     func() (string, error) { return "/user.slice/mydocker", nil },
		tryLimit: func(string) limitTrial {
			return limitTrial{parent: "/sys/fs/cgroup/mydocker", swap: true, onV2: true, kill: true}
		},
		tryClone3:     func() unix.Errno { return unix.EINVAL },
		tryCloseRange: func() unix.Errno { return unix.EINVAL },
		tryCall:       knows,
	}
	for name, content := range files(changes) {
		path := h.root + name
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// ada makes the host an ordinary user's.
func ada(h *Host) { h.uid, h.missing = 1000, []string{"CAP_SYS_ADMIN", "CAP_NET_ADMIN"} }

func failedRun(message string) func() trial { return func() trial { return trial{message: message} } }

func findingOf(t *testing.T, report *Report, name string) Finding {
	t.Helper()
	for _, f := range report.Checks {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no check is called %q", name)
	return Finding{}
}

func TestExamineWell(t *testing.T) {
	report := Examine(fakeHost(t, nil))
	for _, f := range report.Checks {
		if f.Remedy != "" || f.Status != OK {
			t.Errorf("on a host where all is well: %+v", f)
		}
	}
	if !report.RunWorks || report.Version != ReportVersion {
		t.Errorf("report %+v", report)
	}
}

// TestChecks breaks one thing of a host at a time.
func TestChecks(t *testing.T) {
	const uidmap = "newuidmap, newgidmap"
	type change = map[string]string
	broken := failedRun("start init: it is broken")
	tests := []struct {
		check, name string
		files       change
		change      func(*Host)
		status      Status
		found       string
		remedy      string
	}{
		{"/proc", "none", change{"/proc/self/mountinfo": gone}, func(h *Host) { h.tryRun = broken }, Problem, "not mounted", "mount -t proc"},
		{"kernel", "no sysctl", change{"/proc/sys/kernel/osrelease": gone}, nil, Note, "not known", ""},
		{"all of /proc", "covered, works", change{"/proc/self/mountinfo": "1 2 0:1 / /proc/kcore rw - tmpfs tmpfs rw\n"}, nil, OK, "/proc/kcore; a run works all the same", ""},
		{"all of /proc", "covered in a user namespace", change{"/proc/self/mountinfo": "1 2 0:1 / /proc/kcore rw - tmpfs tmpfs rw\n", "/proc/self/uid_map": "0 1000 1\n"}, func(h *Host) { h.tryRun = broken }, Problem, "/proc/kcore", "--privileged"},
		{"all of /proc", "covered on the host", change{"/proc/self/mountinfo": "1 2 0:1 / /proc/kcore rw - tmpfs tmpfs rw\n"}, func(h *Host) { h.tryRun = broken }, Note, "/proc/kcore", "--privileged"},
		{"all of /proc", "systemd's automount", change{"/proc/self/mountinfo": "1 2 0:1 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"}, func(h *Host) { h.tryRun = broken }, OK, "nothing", ""},
		{"propagation of /", "shared", nil, nil, OK, "shared:1", ""},
		{"propagation of /", "private", change{"/proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"}, nil, OK, "private", ""},
		{"seccomp", "filter", change{"/proc/self/status": "Seccomp:\t2\nSeccomp_filters:\t3\n"}, func(h *Host) { h.tryRun = broken }, Problem, "3 in all", "seccomp=unconfined"},
		{"seccomp", "filter, works", change{"/proc/self/status": "Seccomp:\t2\n"}, nil, OK, "works all the same", ""},
		{"seccomp", "kernel without", change{"/proc/self/status": "Name:\tx\n"}, nil, Note, "not known", ""},
		{"overlayfs", "none", change{"/proc/filesystems": "nodev\tproc\n"}, nil, Note, "not there", "modprobe overlay"},
		{"privileges", "none", nil, func(h *Host) { ada(h); h.tryRun = broken }, Problem, "uid 1000, without CAP_SYS_ADMIN and CAP_NET_ADMIN", "run it as root"},
		{"privileges", "by a user namespace", nil, ada, OK, "user namespace", ""},

		{"net", "limit", change{"/proc/sys/user/max_net_namespaces": "0\n"}, func(h *Host) {
			h.tryRun = broken
			h.tryNamespaces = denied(unix.CLONE_NEWNET, unix.ENOSPC)
		}, Problem, "no space left", "raise /proc/sys/user/max_net_namespaces, which is 0 here"},
		{"pid", "of a limit on processes", nil, func(h *Host) { h.tryNamespaces = denied(unix.CLONE_NEWPID, unix.EAGAIN) }, Warning, "cannot be made", "ulimit -u"},
		{"uts", "kernel without", nil, func(h *Host) { h.tryRun = broken; h.tryNamespaces = denied(unix.CLONE_NEWUTS, unix.EINVAL) }, Problem, "cannot be made", "CONFIG_UTS_NS"},
		{"cgroup", "v2", nil, func(h *Host) {
			h.tryRun = broken
			h.tryNamespaces = denied(unix.CLONE_NEWCGROUP, unix.EPERM)
		}, Problem, "not permitted", "run it as root"},
		{"cgroup", "v1", change{"/proc/self/mountinfo": "1 2 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"}, func(h *Host) {
			h.tryRun = broken
			h.tryNamespaces = denied(unix.CLONE_NEWCGROUP, unix.EINVAL)
		}, Note, "on cgroup v1 a container has none", "Linux 4.6"},
		{"user", "for root", nil, func(h *Host) { h.tryNamespaces = denied(unix.CLONE_NEWUSER, unix.EINVAL) }, Note, "root needs none", "CONFIG_USER_NS"},
		{"user", "for others", nil, func(h *Host) { ada(h); h.tryRun = broken; h.tryNamespaces = denied(unix.CLONE_NEWUSER, unix.EPERM) }, Problem, "not permitted", "see the user namespaces below"},
		{"net", "without a user namespace", nil, func(h *Host) { ada(h); h.tryRun = broken; h.tryNamespaces = denied(unix.CLONE_NEWUSER, unix.EPERM) }, Note, "needs the user namespace", ""},
		{"net", "without /proc", nil, func(h *Host) { h.tryRun = broken; h.tryNamespaces = denied(unix.CLONE_NEWNET, unix.ENOENT) }, Note, "not known", ""},
		{"net", "another error", nil, func(h *Host) {
			h.tryRun = broken
			h.tryNamespaces = func(uintptr) error { return errors.New("odd") }
		}, Problem, "odd", ""},

		{"Debian's switch", "off, root", change{"/proc/sys/kernel/unprivileged_userns_clone": "0\n"}, nil, Note, "only root", "unprivileged_userns_clone=1"},
		{"Debian's switch", "off, others", change{"/proc/sys/kernel/unprivileged_userns_clone": "0\n"}, func(h *Host) { ada(h); h.tryRun = broken }, Problem, "only root", "unprivileged_userns_clone=1"},
		{"Debian's switch", "on", change{"/proc/sys/kernel/unprivileged_userns_clone": "1\n"}, ada, OK, "is 1", ""},
		{"AppArmor", "on, root", change{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"}, nil, Note, "root needs none", "AppArmor profile"},
		{"AppArmor", "on, others", change{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"}, func(h *Host) { ada(h); h.tryRun = broken }, Problem, "no capabilities", "AppArmor profile"},
		{"AppArmor", "on, with a profile", change{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"}, ada, OK, "let through", ""},
		{"AppArmor", "off", change{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0\n"}, ada, OK, "is 0", ""},
		{uidmap, "none", nil, ada, Note, "newuidmap is not in PATH", "apt-get install uidmap"},
		{uidmap, "both", nil, func(h *Host) { ada(h); helpers(t, h, 0o4755) }, OK, "/usr/bin/newuidmap, /usr/bin/newgidmap", ""},
		{uidmap, "not set-user-ID", nil, func(h *Host) { ada(h); h.tryRun = broken; helpers(t, h, 0o755) }, Problem, "neither set-user-ID root", "set-user-ID"},
		{uidmap, "no new privileges", change{"/proc/self/status": "NoNewPrivs:\t1\n"}, func(h *Host) { ada(h); helpers(t, h, 0o4755) }, Warning, "no_new_privs", ""},
		{"/etc/subuid", "none", nil, ada, Note, "no range for uid 1000", "--add-subuids"},
		{"/etc/subuid", "by name", change{"/etc/subuid": "bob:1:2\nada:100000:65536\n"}, ada, OK, "65536 from 100000", ""},
		{"/etc/subgid", "by number", change{"/etc/subgid": "1000:200000:9\n"}, ada, OK, "9 from 200000", ""},

		{"layout", "v2", nil, nil, OK, "v2 at /sys/fs/cgroup: cpuset, cpu, io, memory, pids", ""},
		{"layout", "v1", change{"/proc/self/mountinfo": "1 2 0:1 / /c rw - cgroup cgroup rw,cpu,cpuacct\n2 2 0:1 / /s rw - cgroup cgroup rw,xattr,name=systemd\n"}, nil, OK, "v1: cpu, cpuacct", ""},
		{"layout", "hybrid", change{"/proc/self/mountinfo": "1 2 0:1 / /m rw - cgroup cgroup rw,memory\n3 2 0:1 / /u rw - cgroup2 cgroup2 rw\n"}, nil, OK, "v1: memory; v2 at /u: none", ""},
		{"layout", "none", change{"/proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"}, nil, Warning, "no cgroup file system", "mount -t cgroup2"},
		{"delegation", "some", nil, ada, OK, "below /user.slice/mydocker", ""},
		{"delegation", "none", nil, func(h *Host) { ada(h); notDelegated(h) }, Warning, "no cgroup is delegated", "Delegate="},
		{"delegation", "v1", change{"/proc/self/mountinfo": "1 2 0:1 / /m rw - cgroup cgroup rw,memory\n"}, func(h *Host) { ada(h); notDelegated(h) }, Warning, "no cgroup is delegated", "unified_cgroup_hierarchy"},
		{"memory", "not delegated", nil, func(h *Host) {
			ada(h)
			h.tryLimit = func(string) limitTrial { return limitTrial{err: &cgroups.NotDelegatedError{Reason: "not yours"}} }
		}, Warning, "not delegated", "see delegation"},
		{"memory", "read-only", nil, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{err: unix.EROFS} } }, Warning, "read-only", "--cgroup-parent"},
		{"memory", "refused", nil, func(h *Host) {
			h.tryRun = broken
			h.tryLimit = func(string) limitTrial { return limitTrial{err: unix.EIO, refused: true} }
		}, Problem, "input/output", "--cgroup-parent"},
		{"swap accounting", "not, with swap", change{"/proc/swaps": "Filename\n/dev/sda2 partition\n"}, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{} } }, Warning, "swap is on", "swapaccount=1"},
		{"swap accounting", "not, without swap", nil, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{} } }, Note, "there is none", "swapaccount=1"},
		{"swap accounting", "no memory", nil, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{err: unix.EROFS} } }, Note, "not known", ""},

		{"/proc/thread-self", "none", change{"/proc/thread-self": gone}, nil, Note, "since Linux 3.17", "3.17"},
		{"CLONE_INTO_CGROUP", "before 5.7", nil, func(h *Host) { h.tryClone3 = func() unix.Errno { return unix.E2BIG } }, Note, "since Linux 5.7", "5.7"},
		{"CLONE_INTO_CGROUP", "a filter", nil, func(h *Host) { h.tryClone3 = func() unix.Errno { return unix.EPERM } }, Note, "moved into its cgroup", "seccomp"},
		{"close_range", "before 5.9", nil, func(h *Host) { h.tryCloseRange = func() unix.Errno { return unix.ENOSYS } }, Note, "one by one", "5.9"},
		{"seccomp filters", "none", nil, func(h *Host) { h.tryCall = lacksAll }, Note, "seccomp=unconfined", "3.5"},
		{"mount API", "before 5.2", nil, func(h *Host) { h.tryCall = lacksAll }, Note, "names of open files", "5.2"},
		{"openat2", "before 5.6", nil, func(h *Host) { h.tryCall = lacksAll }, Note, "in a chroot", "5.6"},
		{"mount_setattr", "before 5.12", nil, func(h *Host) { h.tryCall = lacksAll }, Note, "writable", "5.12"},
		{"cgroup.kill", "before 5.14", change{"/sys/fs/cgroup/user.slice/cgroup.kill": gone}, nil, Note, "since Linux 5.14", "5.14"},
		{"cgroup.kill", "at the root", change{"/proc/self/cgroup": "0::/\n"}, nil, OK, "there", ""},
		{"cgroup.kill", "at the root, before 5.14", change{"/proc/self/cgroup": "0::/\n"}, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{onV2: true} } }, Note, "since Linux 5.14", "5.14"},
		{"cgroup.kill", "at the root, others", change{"/proc/self/cgroup": "0::/\n"}, ada, Note, "not known", ""},
		{"cgroup.kill", "v1", change{"/proc/self/mountinfo": "1 2 0:1 / /m rw - cgroup cgroup rw,memory\n"}, func(h *Host) { h.tryLimit = func(string) limitTrial { return limitTrial{} } }, Note, "not known", ""},

		{"a container", "broken", nil, func(h *Host) { h.tryRun = broken }, Problem, "it is broken", "go by what it says"},
		{"a container", "of a step", nil, func(h *Host) { h.tryRun = failedRun("bring up loopback: lo: operation not permitted") }, Problem, "loopback", "CAP_NET_ADMIN"},
		{"a container", "with less", nil, func(h *Host) {
			h.tryRun = func() trial { return trial{works: true, warnings: []string{"no memory limit", "no cpu limit"}} }
		}, Warning, "but no memory limit, no cpu limit", "warnings above"},
	}
	for _, test := range tests {
		t.Run(test.check+" "+test.name, func(t *testing.T) {
			h := fakeHost(t, test.files)
			if test.change != nil {
				test.change(h)
			}
			report := Examine(h)
			f := findingOf(t, report, test.check)
			if f.Status != test.status || !strings.Contains(f.Found, test.found) || !strings.Contains(f.Remedy, test.remedy) || test.status == OK && f.Remedy != "" {
				t.Errorf("found %+v, want %s, %q, %q", f, test.status, test.found, test.remedy)
			}
			has := slices.ContainsFunc(report.Checks, func(f Finding) bool { return f.Status == Problem })
			if has == report.RunWorks {
				t.Errorf("run works: %t; a problem is told: %t", report.RunWorks, has)
			}
		})
	}
}

func notDelegated(h *Host) {
	h.tryParent = func() (string, error) { return "", &cgroups.NotDelegatedError{Reason: "not yours"} }
}

// denied lets nobody have a kind of namespace.
func denied(flag uintptr, errno unix.Errno) func(uintptr) error {
	return func(flags uintptr) error {
		if flags&flag != 0 {
			return errno
		}
		return nil
	}
}

// helpers puts the two programs into the host's PATH.
func helpers(t *testing.T, h *Host, mode uint32) {
	t.Helper()
	h.path = "/nowhere:/usr/bin"
	for _, name := range []string{"newuidmap", "newgidmap"} {
		path := h.root + "/usr/bin/" + name
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParseTrial(t *testing.T) {
	got := parseTrial("mydocker: warning: the default memory limit is left out: mkdir /a: read-only\nmydocker: start init: no\nmydocker: more\n")
	if got.message != "start init: no" || !slices.Equal(got.warnings, []string{"the default memory limit is left out"}) {
		t.Errorf("got %+v", got)
	}
}

func TestWriteText(t *testing.T) {
	report := &Report{Version: ReportVersion, Checks: []Finding{
		{"host", "kernel", OK, "Linux 6", ""},
		{"run", "a container", Problem, "it is broken", "mend it"},
	}}
	var plain, coloured bytes.Buffer
	if err := errors.Join(report.WriteText(&plain, false), report.WriteText(&coloured, true)); err != nil {
		t.Fatal(err)
	}
	want := "host\n  ok       kernel       Linux 6\nrun\n  problem  a container  it is broken\n" +
		"                        -> mend it\n\nmydocker run does not work here: 1 problem\n"
	if plain.String() != want {
		t.Errorf("got\n%s\nwant\n%s", plain.String(), want)
	}
	if !strings.Contains(coloured.String(), "\x1b[31mproblem\x1b[0m  a container") {
		t.Errorf("no colour in %q", coloured.String())
	}
}

// TestJSONMembers holds the names that docs/doctor.md promises.
func TestJSONMembers(t *testing.T) {
	content, err := json.Marshal(&Report{Version: 1, Checks: []Finding{{"g", "n", Note, "f", "r"}}})
	want := `{"version":1,"run_works":false,"checks":[{"group":"g","name":"n","status":"note","found":"f","remedy":"r"}]}`
	if err != nil || string(content) != want {
		t.Errorf("got %s, %v; want %s", content, err, want)
	}
}

// TestTries makes the harmless trials on this machine. Whatever they say, none
// may leave a child behind.
func TestTries(t *testing.T) {
	for range 3 {
		if errno := tryClone3(); errno == 0 {
			t.Error("clone3 did what no kernel does")
		}
		if errno := tryCloseRange(); errno == 0 {
			t.Error("close_range took a range that ends before it begins")
		}
		for _, feature := range []string{"seccomp filters", "mount API", "openat2", "mount_setattr"} {
			if errno := tryCall(feature); errno == 0 {
				t.Errorf("%s: the kernel did what it must refuse", feature)
			}
		}
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}
