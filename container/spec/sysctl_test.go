package spec

import (
	"strings"
	"testing"
)

func TestParseSysctl(t *testing.T) {
	tests := map[string]Sysctl{
		"net.ipv4.ip_forward=1":               {"net/ipv4/ip_forward", "1"},
		"net/ipv4/ip_forward=1":               {"net/ipv4/ip_forward", "1"},
		"net.ipv4.conf.eth0/1.forwarding=1":   {"net/ipv4/conf/eth0.1/forwarding", "1"},
		"net/ipv4/conf/eth0.1/forwarding=1":   {"net/ipv4/conf/eth0.1/forwarding", "1"},
		"kernel.sem=250 32000 32 128":         {"kernel/sem", "250 32000 32 128"},
		"net.ipv4.ip_local_port_range=1 2=\n": {"net/ipv4/ip_local_port_range", "1 2=\n"},
		"a=b":                                 {"a", "b"},
	}
	for in, want := range tests {
		if got, err := ParseSysctl(in); err != nil || got != want {
			t.Errorf("ParseSysctl(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "=", "=1", "net.ipv4.ip_forward", "net.ipv4.ip_forward=", "net..x=1", "net.=1", ".net.x=1", "/net/x=1",
		"net/../kernel/panic=1", "net/./x=1", "net//x=1", "net./.x=1", "net.x=1\x00", "net/x\x00=1", "net.ipv4.//.x=1",
	} {
		if got, err := ParseSysctl(in); err == nil {
			t.Errorf("ParseSysctl(%q) = %+v, want an error", in, got)
		}
	}
}

func TestSysctlCheck(t *testing.T) {
	all := PrivateNamespaces{UTS: true, IPC: true, Network: true}
	const host, shared = "it is the whole host's", "the container shares the host's "
	tests := []struct {
		name    string
		private PrivateNamespaces
		want    string // the end of the error, "" for none
	}{
		{"net.ipv4.ip_forward", all, ""},
		{"net.core.somaxconn", all, ""},
		{"fs.mqueue.msg_max", all, ""},
		{"kernel.shmmax", all, ""},
		{"kernel.shm_rmid_forced", all, ""},
		{"kernel.msgmax", all, ""},
		{"kernel.sem", all, ""},
		{"net.ipv4.ip_forward", PrivateNamespaces{UTS: true, IPC: true}, shared + "network namespace"},
		{"fs.mqueue.msg_max", PrivateNamespaces{UTS: true, Network: true}, shared + "IPC namespace"},
		{"kernel.sem", PrivateNamespaces{}, shared + "IPC namespace"},
		{"kernel.panic", all, host},
		{"kernel.hostname", all, "--hostname (-h) sets it"},
		{"kernel.domainname", all, "--domainname sets it"},
		{"kernel.shmmax.x", all, host},
		{"kernel.shm", all, host},
		{"kernel.sem_next_id", all, host},
		{"vm.swappiness", all, host},
		{"fs.file-max", all, host},
		{"fs.mqueue", all, host},
		{"net", all, host},
		{"network.x", all, host},
	}
	for _, test := range tests {
		sysctl, err := ParseSysctl(test.name + "=1")
		if err != nil {
			t.Fatal(err)
		}
		err = sysctl.Check(test.private)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want)) {
			t.Errorf("%s with %+v: %v, want %q", test.name, test.private, err, test.want)
		}
	}
}

// No name leaves /proc/sys, or what is the container's own of it.
func FuzzParseSysctl(f *testing.F) {
	for _, seed := range []string{"net.ipv4.ip_forward=1", "net/../kernel/panic=1", "net./..x=1", "kernel.sem=1 2", "=", "net.."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		sysctl, err := ParseSysctl(in)
		if err != nil || sysctl.Check(PrivateNamespaces{IPC: true, Network: true}) != nil {
			return
		}
		path := "/" + sysctl.Path + "/"
		if strings.Contains(path, "/../") || strings.Contains(path, "/./") || strings.Contains(path, "//") || strings.ContainsAny(path, "=\x00") ||
			!strings.HasPrefix(path, "/net/") && !strings.HasPrefix(path, "/fs/mqueue/") && !strings.HasPrefix(path, "/kernel/") {
			t.Errorf("ParseSysctl(%q) = %+v", in, sysctl)
		}
	})
}
