package subsystems

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

func rule(kind byte, major, minor int64, access string) DeviceRule {
	return DeviceRule{Type: kind, Major: major, Minor: minor, Access: access, Asked: true}
}

func TestDeviceSettingsV1(t *testing.T) {
	res := &ResourceConfig{Devices: []DeviceRule{
		rule('c', 1, 3, "rwm"), rule('b', AnyDevice, AnyDevice, "m"), rule('a', AnyDevice, AnyDevice, "rwm"), rule('a', 7, AnyDevice, "r"),
		{Type: 'c', Major: 5, Minor: 0, Access: "rw"},
	}}
	want := []string{
		"devices.deny=a", "devices.allow=c 1:3 rwm", "devices.allow=b *:* m", "devices.allow=a",
		"devices.allow=c 7:* r", "devices.allow=b 7:* r", "devices.allow=c 5:0 rw barred",
	}
	var got []string
	for _, s := range res.Settings(DevicesName, V1) {
		line := s.File + "=" + s.Value
		if s.BarredAbove {
			line += " barred"
		}
		got = append(got, line)
		if !s.Asked || s.Why == "" {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, asked := range []bool{false, true} {
		res := &ResourceConfig{Devices: []DeviceRule{{Type: 'c', Access: "r"}, {Type: 'b', Access: "r", Asked: asked}}}
		if res.Asked(DevicesName) != asked {
			t.Errorf("a rule was asked for: %v", asked)
		}
	}
	if got := (&ResourceConfig{}).Settings(DevicesName, V1); got != nil {
		t.Errorf("no rule: %v", got)
	}
}

// access is an access to a device, as the kernel asks about it.
type deviceAccess struct {
	kind         byte
	major, minor uint32
	access       string
}

// allows runs a device program as the kernel does.
func allows(t *testing.T, program []instruction, a deviceAccess) bool {
	t.Helper()
	kind := uint32(unix.BPF_DEVCG_DEV_CHAR)
	if a.kind == 'b' {
		kind = unix.BPF_DEVCG_DEV_BLOCK
	}
	context := []uint32{uint32(accessBits(a.access))<<16 | kind, a.major, a.minor}
	var registers [11]uint32
	for at := 0; at < len(program); at++ {
		i := program[at]
		to, from := i.registers&15, i.registers>>4
		switch i.code {
		case loadWord:
			registers[to] = context[i.offset/4]
		case move:
			registers[to] = registers[from]
		case moveNumber:
			registers[to] = uint32(i.constant)
		case and:
			registers[to] &= uint32(i.constant)
		case shiftRight:
			registers[to] >>= i.constant
		case jumpUnless:
			if registers[to] != uint32(i.constant) {
				at += int(i.offset)
			}
		case jumpIf:
			if registers[to] == uint32(i.constant) {
				at += int(i.offset)
			}
		case exitProgram:
			return registers[0] == 1
		default:
			t.Fatalf("instruction %d: code %#x", at, i.code)
		}
	}
	t.Fatal("the program does not end")
	return false
}

func TestDeviceProgram(t *testing.T) {
	rules := []DeviceRule{
		rule('c', AnyDevice, AnyDevice, "m"), rule('c', 1, 3, "rwm"), rule('b', 7, AnyDevice, "r"), rule('a', 9, 1, "w"),
		rule('c', 1<<32-1, 0, "rwm"),
	}
	program := deviceProgram(rules)
	for _, test := range []struct {
		access deviceAccess
		want   bool
	}{
		{deviceAccess{'c', 200, 1, "m"}, true},
		{deviceAccess{'b', 200, 1, "m"}, false},
		{deviceAccess{'c', 1, 3, "rw"}, true},
		{deviceAccess{'c', 1, 3, "r"}, true},
		{deviceAccess{'c', 1, 5, "r"}, false},
		{deviceAccess{'b', 1, 3, "r"}, false},
		{deviceAccess{'b', 7, 0, "r"}, true},
		{deviceAccess{'b', 7, 1048575, "r"}, true},
		{deviceAccess{'b', 7, 0, "w"}, false},
		{deviceAccess{'b', 7, 0, "rw"}, false},
		{deviceAccess{'c', 7, 0, "r"}, false},
		{deviceAccess{'b', 9, 1, "w"}, true},
		{deviceAccess{'c', 9, 1, "w"}, true},
		{deviceAccess{'c', 9, 1, "r"}, false},
		{deviceAccess{'c', 9, 2, "w"}, false},
		{deviceAccess{'c', 4095, 0, "r"}, false},
	} {
		if got := allows(t, program, test.access); got != test.want {
			t.Errorf("%+v: %v", test.access, got)
		}
	}
	all := deviceProgram([]DeviceRule{rule('a', AnyDevice, AnyDevice, "rwm")})
	if !allows(t, all, deviceAccess{'b', 8, 0, "rw"}) || allows(t, deviceProgram(nil), deviceAccess{'c', 1, 3, "r"}) {
		t.Error("all rules, or none")
	}
}

// The rules are tried against what the specification says of them: the last one that speaks of a kind of access counts.
func TestDeviceProgramOrder(t *testing.T) {
	deny := func(kind byte, major, minor int64, access string) DeviceRule {
		return DeviceRule{Deny: true, Type: kind, Major: major, Minor: minor, Access: access}
	}
	random := rand.New(rand.NewPCG(1, 2))
	kinds, numbers, accesses := []byte("abc"), []int64{AnyDevice, 1, 2}, []string{"r", "w", "m", "rw", "rm", "wm", "rwm"}
	for range 2000 {
		var rules []DeviceRule
		for range random.IntN(7) {
			r := rule(kinds[random.IntN(3)], numbers[random.IntN(3)], numbers[random.IntN(3)], accesses[random.IntN(7)])
			if random.IntN(2) == 0 {
				r = deny(r.Type, r.Major, r.Minor, r.Access)
			}
			rules = append(rules, r)
		}
		program := deviceProgram(rules)
		for _, kind := range []byte("bc") {
			for _, major := range []uint32{1, 2, 3} {
				for _, access := range accesses {
					want := true
					for _, letter := range access {
						want = want && decides(rules, kind, int64(major), 1, letter)
					}
					if got := allows(t, program, deviceAccess{kind, major, 1, access}); got != want {
						t.Fatalf("%c %d:1 %s: %v\n%+v", kind, major, access, got, rules)
					}
				}
			}
		}
	}
}

// decides is what the rules say of one kind of access to a device.
func decides(rules []DeviceRule, kind byte, major, minor int64, access rune) (allowed bool) {
	for _, r := range rules {
		if (r.Type == 'a' || r.Type == kind) && (r.Major == AnyDevice || r.Major == major) && (r.Minor == AnyDevice || r.Minor == minor) && strings.ContainsRune(r.Access, access) {
			allowed = !r.Deny
		}
	}
	return allowed
}

// The kernel takes the program, and asks it.
func TestDeviceProgramHolds(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: a program of cgroup v2")
	}
	parent := v2Mount(t)
	dir := filepath.Join(parent, fmt.Sprintf("mydocker-test-%d-devices", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	told := ""
	c := New(DevicesName, &Hierarchy{Version: V2, Mountpoint: parent, Root: "/"}, func(_, file, value, _ string) { told += file + "=" + value })
	res := &ResourceConfig{Devices: []DeviceRule{rule('c', 1, 3, "rw"), rule('c', 1, 5, "rm"), rule('b', AnyDevice, AnyDevice, "m")}}
	if err := c.Set("/"+filepath.Base(dir), res); err != nil {
		t.Fatal(err)
	}
	if told != dir+"=" {
		t.Errorf("told was %q", told)
	}
	cgroup, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer cgroup.Close()
	cmd := exec.Command("sh", "-c", `
		try() { if (eval "$1") 2>"$2"; then echo "$1: yes"; else echo "$1: no"; fi; }
		for command in ': >/dev/null' ': </dev/null' ': </dev/zero' ': >/dev/zero' ': </dev/full' 'mknod n c 1 3' 'mknod z c 1 5' 'mknod l b 7 0' ': <l'; do
			try "$command" errors
		done`)
	cmd.Dir = t.TempDir()
	if err := unix.Mount("tmpfs", cmd.Dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(cmd.Dir, unix.MNT_DETACH)
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
	output, err := cmd.CombinedOutput()
	const want = `: >/dev/null: yes
: </dev/null: yes
: </dev/zero: yes
: >/dev/zero: no
: </dev/full: no
mknod n c 1 3: no
mknod z c 1 5: yes
mknod l b 7 0: yes
: <l: no
`
	if string(output) != want || err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// v2Mount is where cgroup v2 is mounted.
func v2Mount(t *testing.T) string {
	t.Helper()
	content, err := utils.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(content) {
		if m, ok := utils.ParseMount(strings.TrimSpace(line)); ok && m.FSType == "cgroup2" {
			return m.Point
		}
	}
	t.Skip("needs cgroup v2, also beside v1")
	return ""
}
