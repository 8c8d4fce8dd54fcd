package oci

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/lifecycle"
)

var update = flag.Bool("update", false, "write the golden files anew")

// bundle makes a bundle of a configuration, in which ROOT is a directory for its root.
func bundle(t testing.TB, config string) string {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "rootfs")
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	passwd := "root:x:0:0::/root:/bin/sh\nservice:x:1000:1000::/var/service:/bin/sh\n"
	if err := os.WriteFile(filepath.Join(root, "etc/passwd"), []byte(passwd), 0o600); err != nil {
		t.Fatal(err)
	}
	config = strings.ReplaceAll(config, `"ROOT"`, `"rootfs"`)
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// described is a plan as text: what is the same on each host, without the root file system.
func described(plan *lifecycle.Plan) string {
	var s strings.Builder
	message := plan.Message
	message.Operations, message.Security.Capabilities = nil, nil
	if filter := message.Security.Filter; filter != "" {
		message.Security.Filter = "FILTER"
	}
	s.WriteString(strings.ReplaceAll(string(message.Marshal()), "\x00", "\n"))
	fmt.Fprintf(&s, "namespaces %v\nuids %v\ngids %v\nclocks %q\n", plan.Namespaces, plan.UIDs, plan.GIDs, plan.TimeOffsets)
	p := &plan.Process
	fmt.Fprintf(&s, "terminal %v %dx%d of %d\nhard limits %v\n", p.Terminal, p.Rows, p.Columns, p.Owner, p.HardLimits)
	if p.OOMScore != nil {
		fmt.Fprintf(&s, "oom score %d\n", *p.OOMScore)
	}
	fmt.Fprintf(&s, "cgroups path %s\nannotations %v\nhooks %v\n", plan.CgroupsPath, plan.Annotations, plan.Hooks != nil)
	return s.String()
}

// The configurations of engines become what testdata says.
func TestGolden(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the configurations are for root")
	}
	for _, name := range []string{"docker", "podman", "containerd"} {
		config, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := Load(bundle(t, string(config)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden := "testdata/" + name + ".plan"
		if *update {
			if err := os.WriteFile(golden, []byte(described(plan)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got := described(plan); got != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}
