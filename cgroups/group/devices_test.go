package group

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

const anyNumber = subsystems.AnyDevice

func allow(kind string, major, minor int64, access string) specs.LinuxDeviceCgroup {
	return specs.LinuxDeviceCgroup{Allow: true, Type: kind, Major: &major, Minor: &minor, Access: access}
}

func deny(kind string, major, minor int64, access string) specs.LinuxDeviceCgroup {
	d := allow(kind, major, minor, access)
	d.Allow = false
	return d
}

func denyAll() specs.LinuxDeviceCgroup { return specs.LinuxDeviceCgroup{Access: "rwm"} }

func TestDeviceRule(t *testing.T) {
	for _, test := range []struct {
		given specs.LinuxDeviceCgroup
		want  string // or the error
	}{
		{denyAll(), "deny a *:* rwm"},
		{specs.LinuxDeviceCgroup{}, "deny a *:* rwm"},
		{specs.LinuxDeviceCgroup{Allow: true, Access: "mr"}, "allow a *:* rm"},
		{specs.LinuxDeviceCgroup{Allow: true}, "resources.devices: a rule allows no access: it is made of r, w and m"},
		{allow("c", 1, -1, "wr"), "allow c 1:* rw"},
		{deny("b", 8, 1, "rrw"), "deny b 8:1 rw"},
		{deny("a", 8, 1, ""), "deny a 8:1 rwm"},
		{allow("p", 1, 1, "r"), `resources.devices type of "p" is invalid: it is a, b or c`},
		{allow("bc", 1, 1, "r"), `resources.devices type of "bc" is invalid: it is a, b or c`},
		{allow("c", -2, 1, "r"), "resources.devices number of -2 is invalid: it is 0 or more, or -1 for all"},
		{allow("c", 1, 1<<32, "r"), "resources.devices number of 4294967296 is invalid: it is 0 or more, or -1 for all"},
		{allow("c", 1, 1, "x"), `resources.devices access of "x" is invalid: it is made of r, w and m`},
		{allow("c", 1, 1, "r w"), `resources.devices access of "r w" is invalid: it is made of r, w and m`},
	} {
		r, err := deviceRule(&test.given)
		got := "allow " + r.String()
		if r.Deny {
			got = "deny " + r.String()
		}
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v: %s, want %s", test.given, got, test.want)
		}
	}
}

func rules(t *testing.T, given ...specs.LinuxDeviceCgroup) []subsystems.DeviceRule {
	t.Helper()
	var all []subsystems.DeviceRule
	for n := range given {
		r, err := deviceRule(&given[n])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func text(lines []ruleLine) string {
	var values []string
	for _, line := range lines {
		values = append(values, line.value)
	}
	return strings.Join(values, ", ")
}

func TestReduce(t *testing.T) {
	for _, test := range []struct {
		given       []specs.LinuxDeviceCgroup
		allow, deny string // or the error
	}{
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "rw"), allow("b", 7, -1, "r")}, "c 1:3 rw, b 7:* r", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("a", 9, 0, "r")}, "b 9:0 r, c 9:0 r", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "r"), allow("c", 1, 3, "w")}, "c 1:3 rw", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "rwm"), deny("c", 1, 3, "m")}, "c 1:3 rw", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "rw"), deny("c", 1, -1, "w")}, "c 1:3 r", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "rw"), denyAll()}, "", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), deny("c", 10, 229, "rwm")}, "", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", -1, -1, "m"), allow("c", 1, 3, "rw")}, "c *:* m, c 1:3 rw", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 3, "rw"), allow("c", 1, -1, "m")}, "c 1:3 rw, c 1:* m", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, -1, "r"), allow("c", 1, 3, "w")}, "c 1:* r, c 1:3 rw", "a"},
		{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, -1, "rwm"), deny("c", 1, 3, "w")}, "resources.devices: cgroup v1 cannot take c 1:3 out of c 1:* again; give rules that do not undo a part of each other", ""},
		{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "rwm")}, "a", ""},
		{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "rwm"), deny("b", 8, 0, "w")}, "a", "b 8:0 w"},
		{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "rwm"), deny("b", 8, 0, "rw"), allow("b", 8, -1, "r")}, "a", "b 8:0 w"},
		{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "m"), allow("c", 5, 0, "r")}, "b *:* m, c *:* m, c 5:0 r", "a"},
	} {
		s, err := reduce(rules(t, test.given...))
		if err != nil {
			if err.Error() != test.allow {
				t.Errorf("%+v: %v", test.given, err)
			}
			continue
		}
		allowed, denied := s.changesFrom(nil)
		if text(allowed) != test.allow || text(denied) != test.deny {
			t.Errorf("%+v: allow %q, deny %q", test.given, text(allowed), text(denied))
		}
	}
}

// What is allowed before and after stays: only the difference is written.
func TestChanges(t *testing.T) {
	current, err := parseRuleSet("c *:* m\nb *:* m\nc 1:3 rwm\nc 10:229 rw")
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := reduce(append(rules(t, denyAll(), allow("c", 10, 229, "r"), allow("b", 7, 1, "r")),
		subsystems.DeviceRule{Type: 'c', Major: anyNumber, Minor: anyNumber, Access: "m"}, subsystems.DeviceRule{Type: 'c', Major: 1, Minor: 3, Access: "rwm"}))
	if err != nil {
		t.Fatal(err)
	}
	allowed, denied := wanted.changesFrom(current)
	if text(allowed) != "b 7:1 r" || text(denied) != "b *:* m, c 10:229 w" {
		t.Errorf("allow %q, deny %q", text(allowed), text(denied))
	}
	if allowed, denied = wanted.changesFrom(wanted); len(allowed)+len(denied) > 0 {
		t.Errorf("from itself: allow %q, deny %q", text(allowed), text(denied))
	}
	everything, err := parseRuleSet("a *:* rwm")
	if err != nil || !everything.allowed {
		t.Error(everything, err)
	}
	if _, denied = wanted.changesFrom(everything); text(denied) != "a" {
		t.Errorf("from all: %q", text(denied))
	}
}

// holds is what a set means to the kernel (security/device_cgroup.c).
func (s *ruleSet) holds(d deviceRange, asked access) bool {
	for _, e := range s.exceptions {
		if !s.allowed && e.covers(d) && asked&^e.access == 0 {
			return true
		}
		if s.allowed && e.covers(d) && asked&e.access != 0 {
			return false
		}
	}
	return s.allowed
}

// Rules that are not refused mean to a v1 cgroup what they mean in their order.
func TestReduceRandomly(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	kinds, numbers, accesses := []string{"a", "b", "c"}, []int64{-1, 1, 2}, []string{"r", "w", "m", "rw", "rwm"}
	taken := 0
	for range 20000 {
		given := []specs.LinuxDeviceCgroup{denyAll()}
		for range random.IntN(5) {
			given = append(given, specs.LinuxDeviceCgroup{
				Allow: random.IntN(2) == 0, Type: kinds[random.IntN(3)], Major: &numbers[random.IntN(3)], Minor: &numbers[random.IntN(2)], Access: accesses[random.IntN(5)],
			})
		}
		all := rules(t, given...)
		s, err := reduce(all)
		if err != nil {
			continue
		}
		taken++
		for _, d := range []deviceRange{{'b', 1, 1}, {'c', 1, 1}, {'c', 2, 1}, {'c', 3, 1}, {'b', 3, 3}} {
			for _, one := range []access{read, write, mknod} {
				want := false
				for _, r := range all {
					if (r.Type == 'a' || r.Type == d.kind) && (r.Major == anyNumber || r.Major == d.major) && (r.Minor == anyNumber || r.Minor == d.minor) && bits(r.Access)&one != 0 {
						want = !r.Deny
					}
				}
				if s.holds(d, one) != want {
					t.Fatalf("%s %s: %v\n%+v\n%+v", d, one, !want, all, s)
				}
			}
		}
	}
	if taken < 5000 {
		t.Errorf("only %d sets of rules were taken", taken)
	}
}

func FuzzParseRuleSet(f *testing.F) {
	f.Add("a *:* rwm")
	f.Add("c 1:3 rwm\nb *:* m\n")
	f.Fuzz(func(t *testing.T, list string) {
		s, err := parseRuleSet(list)
		if err != nil || s.allowed {
			return
		}
		again, err := parseRuleSet(strings.ReplaceAll(text(linesOf(s.exceptions, nil)), ", ", "\n"))
		if err != nil {
			t.Errorf("%q: %v", list, err)
		} else if len(again.exceptions) > len(s.exceptions) {
			t.Errorf("%q: %+v, %+v", list, s, again)
		}
	})
}

// each runs a test with the devices of v1 and of v2, where the host has them.
func eachDevices(t *testing.T, test func(t *testing.T, g *Group)) {
	g := newGroup(t)
	for _, name := range []string{"devices", ""} {
		if dir := g.Dirs[name]; dir != "" {
			t.Run("controller="+name, func(t *testing.T) { test(t, &Group{Dirs: map[string]string{name: dir}, fresh: true}) })
		}
	}
}

// start starts a shell in the group; what it writes is complete when stop returns.
func start(t *testing.T, g *Group, script string) (stop func() string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "read go\n"+script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Join(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, "\n"); err != nil {
		t.Fatal(err)
	}
	return func() string {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			fmt.Fprintln(&output, err)
		}
		return output.String()
	}
}

const tryDevices = `
for device in null zero full kmsg; do
	for access in '<' '>'; do
		if (eval ": $access/dev/$device") 2>&-; then echo -n "$access$device "; fi
	done
done`

func TestDevicesHold(t *testing.T) {
	eachDevices(t, func(t *testing.T, g *Group) {
		for _, test := range []struct {
			given []specs.LinuxDeviceCgroup
			want  string
		}{
			{nil, "<null >null <zero >zero <full >full "}, // a new container
			{nil, "<null >null <zero >zero <full >full "},
			{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 11, "w")}, "<null >null <zero >zero <full >full >kmsg "},
			{[]specs.LinuxDeviceCgroup{denyAll(), allow("c", 1, 11, "rw"), deny("c", 1, 11, "w")}, "<null >null <zero >zero <full >full <kmsg "},
			{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "rwm")}, "<null >null <zero >zero <full >full <kmsg >kmsg "},
			{[]specs.LinuxDeviceCgroup{allow("a", -1, -1, "rwm"), deny("c", 1, 11, "w")}, "<null >null <zero >zero <full >full <kmsg "},
			{[]specs.LinuxDeviceCgroup{denyAll(), deny("c", 10, 229, "rwm")}, "<null >null <zero >zero <full >full "},
		} {
			if err := g.Set(&specs.LinuxResources{Devices: test.given}); err != nil {
				t.Fatalf("%+v: %v", test.given, err)
			}
			if got := start(t, g, tryDevices)(); got != test.want {
				t.Errorf("%+v: %s", test.given, got)
			}
		}
	})
}

// While rules are replaced, often, what all of them allow is never denied.
func TestDevicesReplaced(t *testing.T) {
	eachDevices(t, func(t *testing.T, g *Group) {
		if err := g.Set(nil); err != nil {
			t.Fatal(err)
		}
		stop := start(t, g, `
			( while :; do (: >/dev/zero) || echo denied; done ) 2>&1 &
			read end
			kill $!`)
		sets := [][]specs.LinuxDeviceCgroup{{denyAll(), allow("c", 1, 11, "r")}, {denyAll(), allow("c", 10, 229, "rwm"), allow("b", 7, -1, "r")}}
		begin := time.Now()
		for n := 0; n < 50 || n < 2000 && time.Since(begin) < time.Second/2; n++ {
			if err := g.Set(&specs.LinuxResources{Devices: sets[n%2]}); err != nil {
				t.Fatal(err)
			}
		}
		if got := stop(); got != "" && !slices.Contains([]string{"", "Terminated\n"}, got) {
			t.Error(got)
		}
	})
}
