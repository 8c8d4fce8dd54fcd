package seccomp

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// check is what the kernel asks of a filter (bpf_check_classic and
// seccomp_check_filter), and that each instruction but a return has a next one.
func check(code []unix.SockFilter) error {
	if len(code) == 0 || len(code) > unix.BPF_MAXINSNS {
		return fmt.Errorf("%d instructions", len(code))
	}
	for pc, i := range code {
		left := len(code) - pc - 1
		ok := false
		switch i.Code {
		case 0x20:
			ok = i.K%4 == 0 && i.K < 64 && left > 0
		case 0x54:
			ok = left > 0
		case 0x06:
			ok = true
		case 0x05:
			ok = uint64(i.K) < uint64(left)
		case 0x15, 0x25, 0x35, 0x45:
			ok = int(i.Jt) < left && int(i.Jf) < left
		}
		if !ok {
			return fmt.Errorf("instruction %d of %d: %+v", pc, len(code), i)
		}
	}
	return nil
}

// FuzzCompile has no profile make the compiler panic, or make what the kernel refuses.
func FuzzCompile(f *testing.F) {
	f.Add(string(dockersProfile), uint64(0))
	f.Add(small, uint64(1))
	f.Add(`{"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"], "flags": ["SECCOMP_FILTER_FLAG_LOG"],
		"syscalls": [{"name": "socket", "action": "SCMP_ACT_TRAP", "comment": "", "includes": {"arches": ["amd64"], "minKernel": "4.8"}, "excludes": {"caps": ["CAP_CHOWN"]},
			"args": [{"index": 1, "value": 1, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}, {"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_LE"}]},
		{"names": ["set_tls", "semop"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0, "args": [{"index": 0, "value": 4294967296, "op": "SCMP_CMP_GT"},
			{"index": 0, "value": 0, "op": "SCMP_CMP_NE"}, {"index": 5, "value": 0, "op": "SCMP_CMP_GE"}]}]}`, uint64(0))
	f.Fuzz(func(t *testing.T, profile string, capabilities uint64) {
		for _, arch := range []string{"amd64", "arm64"} {
			filter, err := Compile([]byte(profile), Host{Arch: arch, Kernel: Kernel{Major: 5, Minor: 10}, Capabilities: capabilities})
			if err != nil {
				if text := err.Error(); len(text) > 2*maxShown || strings.ContainsAny(text, "\n\x1b") {
					t.Errorf("error %q", text)
				}
				continue
			}
			code, err := decode(filter.Program)
			if err == nil {
				err = check(code)
			}
			if err != nil {
				t.Fatalf("%s: %v", arch, err)
			}
			for number := range uint32(600) {
				run(code, unix.AUDIT_ARCH_X86_64, number, [arguments]uint64{uint64(number), capabilities})
			}
		}
	})
}
