//go:build !front

package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// valuesOf are the values that a flag can have, as far as they are known.
func valuesOf(app *cli.Command, flag cli.Flag, current string) []candidate {
	switch flag.Names()[0] {
	case "network":
		return []candidate{{modeNone, "a loopback device of its own"}, {modeHost, "the host's"}}
	case "pid", "uts":
		return []candidate{{modeHost, "the host's"}}
	case "ipc", "cgroupns", "userns":
		return []candidate{{modePrivate, "one of its own"}, {modeHost, "the host's"}}
	case "user":
		return usersAndGroups(current)
	case "image":
		return candidatesOf(images.Names(app))
	case "group-add":
		return namesIn("/etc/group")
	case "stop-signal":
		return signals(current)
	case "cpuset-cpus":
		return cpuLists(current)
	case "env-file", "cidfile", "pidfile", "log", "report", "hide", "device", "input", "output":
		return ask(shellsFiles)
	case "workdir", "rootfs", "overlay", "volume", stateName:
		return ask(shellsDirectories)
	}
	return kernelsValues(flag)
}

// kernelsValues are those of flags whose values the kernel, or the caller's environment, has.
func kernelsValues(flag cli.Flag) []candidate {
	switch name := flag.Names()[0]; name {
	case "ulimit":
		return ulimits()
	case "sysctl":
		return sysctls()
	case "device-read-bps", "device-write-bps", "device-read-iops", "device-write-iops":
		return blockDevices()
	case "cap-add", "cap-drop":
		return capabilities()
	case "env":
		return variables()
	default:
		return fixedValues(name, flag)
	}
}

// fixedValues are those that are the same everywhere: all that there are, or some of
// the usual size.
func fixedValues(name string, flag cli.Flag) []candidate {
	if _, is := flag.(*cli.BoolFlag); is {
		return plain("true", "false")
	}
	values := map[string]string{
		"log-level":          "error warn info debug",
		"log-format":         "text json",
		"report-format":      "json text",
		"explain":            "text json",
		"dry-run":            "true false strict",
		"help":               helpAll,
		"memory":             "64m 128m 256m 512m 1g 2g 4g 0",
		"memory-swap":        "256m 512m 1g 2g 4g -1",
		"memory-reservation": "64m 128m 256m 512m 1g",
		"cpus":               "0.5 1 1.5 2",
		"cpu-shares":         "128 256 512 1024 2048 0",
		"cpu-period":         "100000",
		"cpu-quota":          "50000 100000 200000 -1",
		"cpuset-mems":        "0",
		"pids-limit":         "16 64 256 1024 -1",
		"blkio-weight":       "10 100 500 1000",
		"timeout":            "1s 10s 1m 10m 1h",
		"cpu-time":           "1s 10s 1m 10m 1h",
		"filter":             "dangling=true label= before= since= until= reference=",
		"format":             "json table",
		"pull":               "always missing never",
		"stop-timeout":       "0 1s 10s",
		"security-opt":       "seccomp=default seccomp=unconfined seccomp= no-new-privileges systempaths=unconfined",
		"umask":              "022 027 077",
		"oom-score-adj":      "-1000 0 500 1000",
		"cgroup-parent":      "/mydocker",
		"mount":              "type=bind,src= type=tmpfs,dst=",
		"tmpfs":              "/tmp /run",
		"shm-size":           "64m 128m 256m 1g",
		"uidmap":             "0:100000:65536",
		"gidmap":             "0:100000:65536",
		"platform":           "linux/amd64 linux/arm64",
		"restart":            "no on-failure on-failure: always unless-stopped",
		"log-driver":         "json-file local journald none",
		"type":               "container image volume",
	}
	return plain(strings.Fields(values[name])...)
}

// signals are the names, with SIG where that is how current begins.
func signals(current string) []candidate {
	var list []candidate
	for number := syscall.Signal(1); number < 32; number++ {
		name := strings.TrimPrefix(utils.SignalName(number), "SIG")
		if strings.HasPrefix(current, "SI") {
			name = "SIG" + name
		}
		list = append(list, candidate{name, strconv.Itoa(int(number))})
	}
	return list
}

// cpuLists adds each CPU to the list that stands there already.
func cpuLists(current string) []candidate {
	var list []candidate
	before := current[:strings.LastIndexAny(current, ",-")+1]
	if before == "" {
		list = plain(allCPUs)
	}
	for _, cpu := range onlineCPUs() {
		list = append(list, candidate{value: before + strconv.Itoa(cpu)})
	}
	return list
}

func onlineCPUs() utils.CPUList {
	text, err := utils.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil // there are no candidates then
	}
	list, err := utils.ParseCPUList(text)
	if err != nil {
		return nil
	}
	return list
}

func ulimits() []candidate {
	list := plain(strings.Fields("core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack")...)
	for i := range list {
		list[i].value += "="
	}
	return list
}

func capabilities() []candidate {
	list := []candidate{{spec.AllCapabilities, "each of them"}}
	for _, capability := range spec.Capabilities() {
		list = append(list, candidate{strings.TrimPrefix(capability.Name, "CAP_"), "it may " + capability.Allows})
	}
	return list
}

// sysctls are those that a container can have for itself and that this host has.
func sysctls() []candidate {
	const top = "/proc/sys/"
	var list []candidate
	for _, pattern := range []string{"net/*", "net/*/*", "net/*/*/*", "net/*/*/*/*", "fs/mqueue/*", "kernel/sem", "kernel/msg*", "kernel/shm*"} {
		paths, err := filepath.Glob(top + pattern)
		if err != nil {
			continue
		}
		for _, path := range paths {
			name := strings.ReplaceAll(strings.TrimPrefix(path, top), "/", ".")
			info, err := os.Stat(path)
			if err == nil && info.Mode().IsRegular() && info.Mode()&0o200 != 0 && isSimple(name) {
				list = append(list, candidate{value: name + "="})
			}
		}
	}
	return list
}

func blockDevices() []candidate {
	entries, err := os.ReadDir("/sys/block")
	if err != nil {
		return nil // there are no candidates then
	}
	var list []candidate
	for _, entry := range entries {
		list = append(list, candidate{value: "/dev/" + entry.Name() + ":"})
	}
	return list
}

// variables are the caller's, which a name alone passes on.
func variables() []candidate {
	var list []candidate
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); isSimple(name) {
			list = append(list, candidate{value: name})
		}
	}
	return list
}

// usersAndGroups are users, and behind a colon groups.
func usersAndGroups(current string) []candidate {
	user, _, hasGroup := strings.Cut(current, ":")
	if !hasGroup {
		return namesIn("/etc/passwd")
	}
	list := namesIn("/etc/group")
	for i := range list {
		list[i].value = user + ":" + list[i].value
	}
	return list
}

// namesIn are the names in a file such as /etc/passwd, with their numbers.
func namesIn(file string) []candidate {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil // there are no candidates then
	}
	var list []candidate
	for line := range strings.Lines(string(content)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) > 2 && isSimple(fields[0]) {
			list = append(list, candidate{fields[0], fields[2]})
		}
	}
	return list
}

// commandsInPath are the programs that run would find; where current is a path, the
// shell completes it.
func commandsInPath(current string) []candidate {
	if strings.ContainsAny(current, "/~") {
		return ask(shellsFiles)
	}
	var names []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			name := entry.Name()
			if !strings.HasPrefix(name, current) || !isSimple(name) {
				continue
			}
			if isExecutable(filepath.Join(dir, name)) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return plain(slices.Compact(names)...)
}

// isSimple tells that no shell takes a name for anything else.
func isSimple(name string) bool {
	return name != "" && name[0] != ':' && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune(inside+"+:[@%", r)
	})
}
