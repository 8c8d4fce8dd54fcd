package seccomp

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// host is for profiles whose conditions do not matter.
func host() Host {
	return Host{Arch: "amd64", Kernel: Kernel{Major: 6, Minor: 1}, Capabilities: dockersCapabilities()}
}

// outcome is what a profile makes of a call of amd64.
func outcome(t *testing.T, profile string, host Host, number uint32, args ...uint64) uint32 {
	t.Helper()
	filter, err := Compile([]byte(profile), host)
	if err != nil {
		t.Fatalf("%s: %v", profile, err)
	}
	code, err := decode(filter.Program)
	if err != nil {
		t.Fatal(err)
	}
	var all [arguments]uint64
	copy(all[:], args)
	action, _ := run(code, unix.AUDIT_ARCH_X86_64, number, all)
	return action
}

// TestRefused has each error name what is wrong, and where.
func TestRefused(t *testing.T) {
	rules := func(text string) string {
		return "{\n\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"syscalls\": [\n" + text + "\n]}"
	}
	for _, test := range []struct{ profile, want string }{
		{"", "line 1: the text ends too early"},
		{"{", "line 1: the text ends too early"},
		{"{\n\n}", "defaultAction: the action is missing"},
		{"[]", "line 1: the profile: [ instead of {"},
		{"{\n\"defaultAction\": SCMP\n}", "line 2: not JSON: invalid character 'S'"},
		{`{"defaultAction": "SCMP_ACT_DENY"}`, `defaultAction: unknown action "SCMP_ACT_DENY"`},
		{`{"defaultAction": 1}`, "line 1: defaultAction: 1 is no string"},
		{`{"defaultAction": "SCMP_ACT_NOTIFY"}`, "asks another program"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}`, "4096 is not a whole number from 0 to 4095"},
		{`{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}`, "action SCMP_ACT_ALLOW has no errno"},
		{"{\n\n\"defaultactions\": 1}", `line 3: unknown field "defaultactions" of the profile`},
		{"{\"flags\": [],\n\"flags\": []}", `line 2: the profile has "flags" twice`},
		{`{"flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}`, `unknown flag "SECCOMP_FILTER_FLAG_NEW_LISTENER"`},
		{`{"listenerPath": "/run/x"}`, "listenerPath: mydocker cannot"},
		{`{"defaultAction": "SCMP_ACT_ERRNO"} x`, "behind the profile's end"},
		{`{"defaultAction": "SCMP_ACT_ERRNO"} {}`, "behind the profile's end"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["amd64"]}`, `unknown architecture "amd64"`},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "archMap": [{"architecture": "SCMP_ARCH_ARM"}]}`, "both architectures and archMap"},
		{"{\n\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X33\"]}]}", `line 2: unknown architecture "SCMP_ARCH_X33"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALOW"}`), `line 4: unknown action "SCMP_ACT_ALOW"`},
		{rules(`{"names": ["read"]}`), "line 4: the action is missing"},
		{rules(`{"action": "SCMP_ACT_ALLOW"}`), "line 4: a rule without names"},
		{rules(`{"name": "read", "names": ["read"], "action": "SCMP_ACT_ALLOW"}`), "line 4: a rule with both name and names"},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1}`), "line 4: action SCMP_ACT_ALLOW has no errno"},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "arg": []}`), `line 4: unknown field "arg" of a rule`},
		{rules(`{"names": [1]}`), "line 4: names: 1 is no string"},
		{rules("{\"names\": [\"ptrace\",\n\"ptrcae\"], \"action\": \"SCMP_ACT_KILL\"}"), `rule that ends in line 5: unknown system call "ptrcae"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}`), "line 4: index: 6 is not a whole number from 0 to 5"},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}]}`), "line 4: value: -1 is not"},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "EQ"}]}`), `line 4: unknown op "EQ"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "SCMP_CMP_EQ"}]}`), "line 4: args without index, value or op"},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", "values": 1}]}`), `unknown field "values" of args`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMN"]}}`), `line 4: unknown capability "CAP_SYS_ADMN"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["x86_64"]}}`), `line 4: unknown machine "x86_64"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8.1"}}`), `line 4: minKernel: "4.8.1"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "0.0"}}`), `line 4: minKernel: "0.0"`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"maxKernel": "4.8"}}`), `line 4: unknown field "maxKernel" of includes`},
		{rules(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
			{"names": ["read"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`),
			"rule that ends in line 5: read: another rule has the same args and another action"},
	} {
		_, err := Compile([]byte(test.profile), host())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\ngot  %v\nwant %s", test.profile, err, test.want)
		}
	}
	if _, err := Compile(dockersProfile, Host{Arch: "riscv64"}); err == nil || !strings.Contains(err.Error(), "not for riscv64") {
		t.Errorf("riscv64: %v", err)
	}
}

// TestConditions follows Docker: see setupSeccomp of moby/profiles/seccomp.
func TestConditions(t *testing.T) {
	const admin = 1 << unix.CAP_SYS_ADMIN
	for _, test := range []struct {
		condition string
		host      Host
		holds     bool
	}{
		{`"includes": {}, "excludes": {}`, Host{}, true},
		{`"includes": null`, Host{}, true},
		{`"includes": {"caps": ["CAP_SYS_ADMIN"]}`, Host{Capabilities: admin}, true},
		{`"includes": {"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}`, Host{Capabilities: admin}, false},
		{`"includes": {"caps": ["CAP_SYS_ADMIN"]}`, Host{}, false},
		{`"excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}`, Host{Capabilities: admin}, false},
		{`"excludes": {"caps": ["CAP_SYS_ADMIN"]}`, Host{}, true},
		{`"includes": {"arches": ["arm64", "amd64"]}`, Host{}, true},
		{`"includes": {"arches": ["x86", "x32"]}`, Host{}, false},
		{`"excludes": {"arches": ["amd64"]}`, Host{}, false},
		{`"excludes": {"arches": ["s390"]}`, Host{}, true},
		{`"includes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 5, Minor: 4}}, true},
		{`"includes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 5, Minor: 3}}, false},
		{`"includes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 6, Minor: 0}}, true},
		{`"includes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 4, Minor: 19}}, false},
		{`"excludes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 5, Minor: 10}}, false},
		{`"excludes": {"minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 5, Minor: 3}}, true},
		{`"includes": {"caps": ["CAP_SYS_ADMIN"], "minKernel": "5.4"}`, Host{Kernel: Kernel{Major: 5, Minor: 4}}, false},
		{`"includes": {"caps": ["CAP_SYS_ADMIN"]}, "excludes": {"arches": ["amd64"]}`, Host{Capabilities: admin}, false},
	} {
		test.host.Arch = "amd64"
		profile := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"name": "read", "action": "SCMP_ACT_ALLOW", ` + test.condition + `}]}`
		if got := outcome(t, profile, test.host, unix.SYS_READ) == unix.SECCOMP_RET_ALLOW; got != test.holds {
			t.Errorf("%s with %+v: %v", test.condition, test.host, got)
		}
	}
}

// TestSeveralRules has the rules of one call that libseccomp's outcomes are not for.
func TestSeveralRules(t *testing.T) {
	one := func(rules string) string { return `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + rules + `]}` }
	const (
		plain      = `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`
		kill       = `{"names": ["read"], "action": "SCMP_ACT_KILL_PROCESS"}`
		deny       = `{"names": ["read"], "action": "SCMP_ACT_ERRNO"}`
		killOne    = `{"names": ["read"], "action": "SCMP_ACT_KILL_PROCESS", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`
		allowSmall = `{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 9, "op": "SCMP_CMP_LT"}]}`
	)
	for _, test := range []struct {
		rules    string
		argument uint64
		want     uint32
	}{
		{plain + "," + kill, 1, unix.SECCOMP_RET_ALLOW}, // the first of two without args
		{kill + "," + plain, 1, unix.SECCOMP_RET_KILL_PROCESS},
		{killOne + "," + plain, 1, unix.SECCOMP_RET_ALLOW}, // one without args
		{deny + "," + plain, 1, unix.SECCOMP_RET_ALLOW},    // the default's action is no rule
		{plain + "," + deny, 1, unix.SECCOMP_RET_ALLOW},
		{allowSmall + "," + killOne, 1, unix.SECCOMP_RET_KILL_PROCESS}, // the strictest
		{killOne + "," + allowSmall, 1, unix.SECCOMP_RET_KILL_PROCESS},
		{killOne + "," + allowSmall, 2, unix.SECCOMP_RET_ALLOW},
		{killOne + "," + allowSmall, 9, unix.SECCOMP_RET_ERRNO | 1},
	} {
		if got := outcome(t, one(test.rules), host(), unix.SYS_READ, test.argument); got != test.want {
			t.Errorf("%s with %d: %#x instead of %#x", test.rules, test.argument, got, test.want)
		}
	}
}

// TestNotes has the user know what is without effect.
func TestNotes(t *testing.T) {
	filter, err := Compile([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["read", "raed", "s390_sthyi", "write", "bpf"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
		{"names": ["setns"], "action": "SCMP_ACT_ERRNO"},
		{"names": ["write"], "action": "SCMP_ACT_KILL"},
		{"names": ["bpf"], "action": "SCMP_ACT_ERRNO"}]}`), host())
	want := "it allows system calls that are not known: raed; it has rules without effect, because another rule decides, for write, bpf"
	if got := strings.Join(filter.Notes, "; "); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFlags has runc's default where the profile has no flags.
func TestFlags(t *testing.T) {
	for flags, want := range map[string]uint64{
		`[]`: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, `null`: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		`["SECCOMP_FILTER_FLAG_LOG"]`:                                  unix.SECCOMP_FILTER_FLAG_LOG,
		`["SECCOMP_FILTER_FLAG_TSYNC"]`:                                0,
		`["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`:                           unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		`["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`: unix.SECCOMP_FILTER_FLAG_LOG | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	} {
		filter, err := Compile([]byte(`{"defaultAction": "SCMP_ACT_ALLOW", "flags": `+flags+`}`), host())
		if err != nil || filter.Flags != want {
			t.Errorf("%s: %#x, %v", flags, filter.Flags, err)
		}
	}
}

// TestShared is about calls that i386 also has below socketcall(2) and ipc(2), whose
// further arguments a filter cannot read.
func TestShared(t *testing.T) {
	profile := `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], "syscalls": [
		{"names": ["accept", "semop"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["connect"], "action": "SCMP_ACT_KILL_PROCESS", "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}]}]}`
	filter, err := Compile([]byte(profile), host())
	if err != nil {
		t.Fatal(err)
	}
	code, err := decode(filter.Program)
	if err != nil {
		t.Fatal(err)
	}
	const socketcall, ipc, socket, connect = 102, 117, 359, 362
	const allow, deny, kill = unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO | 1, unix.SECCOMP_RET_KILL_PROCESS
	for _, test := range []struct {
		call        uint32
		first, next uint64
		want        uint32
	}{
		{socketcall, 5, 0, allow},  // accept
		{socketcall, 18, 0, deny},  // accept4
		{socketcall, 1, 1, deny},   // socket of some domains: which one is not to be seen
		{socketcall, 3, 0, kill},   // connect, with some arguments
		{ipc, 1, 0, allow},         // semop
		{ipc, 1 << 32, 0, deny},    // the lower half
		{ipc, 1<<32 | 1, 0, allow}, // is what counts
		{ipc, 2, 0, deny},
		{socket, 1, 0, allow},
		{socket, 2, 0, deny},
		{connect, 0, 9, kill},
		{connect, 0, 8, deny},
	} {
		if got, _ := run(code, unix.AUDIT_ARCH_I386, test.call, [arguments]uint64{test.first, test.next}); got != test.want {
			t.Errorf("%+v: %#x", test, got)
		}
	}
}

// TestArchitectures has calls of an ABI that the profile does not have end the thread,
// and those of the machine's own always be there.
func TestArchitectures(t *testing.T) {
	for architectures, want := range map[string][4]uint32{ // of amd64, x32, -1, i386
		`[]`:                                   {unix.SECCOMP_RET_ALLOW, 0, unix.SECCOMP_RET_ERRNO | 1, 0},
		`["SCMP_ARCH_X86", "SCMP_ARCH_S390X"]`: {unix.SECCOMP_RET_ALLOW, 0, unix.SECCOMP_RET_ERRNO | 1, unix.SECCOMP_RET_ALLOW},
		`["SCMP_ARCH_X32"]`:                    {unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO | 38, 0},
	} {
		filter, err := Compile([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": `+architectures+`, "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]}`), host())
		if err != nil {
			t.Fatal(err)
		}
		code, err := decode(filter.Program)
		if err != nil {
			t.Fatal(err)
		}
		var got [4]uint32
		got[0], _ = run(code, unix.AUDIT_ARCH_X86_64, 39, [arguments]uint64{})
		got[1], _ = run(code, unix.AUDIT_ARCH_X86_64, x32Bit|39, [arguments]uint64{})
		got[2], _ = run(code, unix.AUDIT_ARCH_X86_64, 0xffffffff, [arguments]uint64{})
		got[3], _ = run(code, unix.AUDIT_ARCH_I386, 20, [arguments]uint64{})
		if got != want {
			t.Errorf("%s: %#x instead of %#x", architectures, got, want)
		}
	}
}

// TestLargeFilter has jumps over more instructions than a conditional one reaches, and a
// filter that is too long.
func TestLargeFilter(t *testing.T) {
	table := parseTable()
	large := func(words int) string {
		var rules []string
		for name, call := range table {
			if numbers(call[columnAMD64], 0) == nil {
				continue
			}
			for i := range words { // no two of them are alike
				n := strconv.Itoa(len(rules)*7 + 1)
				rules = append(rules, `{"names": ["`+name+`"], "action": "SCMP_ACT_ALLOW", "args": [{"index": `+strconv.Itoa(i%6)+`, "value": `+n+`, "op": "SCMP_CMP_EQ"}, {"index": `+strconv.Itoa((i+1)%6)+`, "value": `+n+`, "op": "SCMP_CMP_MASKED_EQ"}]}`)
			}
		}
		return `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Join(rules, ",") + `]}`
	}
	profile := large(1)
	filter, err := Compile([]byte(profile), host())
	if err != nil {
		t.Fatal(err)
	}
	code, err := decode(filter.Program)
	if err == nil {
		err = check(code)
	}
	if err != nil || len(code) < 2000 {
		t.Fatalf("%d instructions, %v", len(code), err)
	}
	var parsed struct {
		Syscalls []struct {
			Names []string
			Args  []struct{ Value uint64 }
		}
	}
	if err := json.Unmarshal([]byte(profile), &parsed); err != nil {
		t.Fatal(err)
	}
	for _, rule := range parsed.Syscalls {
		number := numbers(table[rule.Names[0]][columnAMD64], 0)[0].call
		value := rule.Args[0].Value
		for args, want := range map[[arguments]uint64]uint32{
			{value}:            unix.SECCOMP_RET_ALLOW,
			{value, value}:     unix.SECCOMP_RET_ERRNO | 1,
			{value, ^value}:    unix.SECCOMP_RET_ALLOW,
			{value + 1}:        unix.SECCOMP_RET_ERRNO | 1,
			{value | 1<<40}:    unix.SECCOMP_RET_ERRNO | 1,
			{value, 1 << 40}:   unix.SECCOMP_RET_ALLOW,
			{}:                 unix.SECCOMP_RET_ERRNO | 1,
			{^value, ^value}:   unix.SECCOMP_RET_ERRNO | 1,
			{value, 1<<40 - 1}: unix.SECCOMP_RET_ERRNO | 1,
		} {
			if got, _ := run(code, unix.AUDIT_ARCH_X86_64, number, args); got != want {
				t.Errorf("%s %#x: %#x instead of %#x", rule.Names[0], args, got, want)
			}
		}
	}
	if _, err := Compile([]byte(large(6)), host()); err == nil || !strings.Contains(err.Error(), "instructions, the kernel takes 4096") {
		t.Errorf("too long: %v", err)
	}
	one := strings.Repeat(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},`, 5000)
	many := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + one[:len(one)-1] + `]}`
	if _, err := Compile([]byte(many), host()); err == nil || !strings.Contains(err.Error(), "more rules than") {
		t.Errorf("too many rules: %v", err)
	}
}
