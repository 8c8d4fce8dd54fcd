package cmd_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mydocker/mydocker/container/wire"
)

// TestOCIExecUnseen has a container look for a process that is about to join it, and is the host's
// still: by /proc/PID/root it would find the host's files, where it may trace (CAP_SYS_PTRACE). Such
// a container sees none before that has joined; one that may not trace gets nothing from it. This
// is what CVE-2016-9962 was about.
func TestOCIExecUnseen(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	lab := newOCILab(t)
	for _, test := range []struct {
		step       string
		capability string
		// wants are the roots that it finds, but for those of PID 1 and of who looks.
		wants string
	}{
		{wire.StepCloseFDs, "CAP_SYS_PTRACE", ""},
		{wire.StepJoin, "CAP_SYS_PTRACE", ""},
		{wire.StepCloseFDs, "CAP_KILL", ""},
		{wire.StepJoin, "CAP_KILL", ""},
		{wire.StepLookUp, "CAP_KILL", ""},
		{wire.StepLookUp, "CAP_SYS_PTRACE", "its own\n"}, // the counter-test
	} {
		t.Run(test.capability+" "+test.step, func(t *testing.T) { lab.with(t).look(test.step, test.capability, test.wants) })
	}
}

// look has a process hang after a step, and a second one look for its root.
func (lab *ociLab) look(step, capability, wants string) {
	lab.setCapability(capability)
	lab.must("create", "--bundle", lab.bundle, "c")
	lab.must("start", "c")
	pid := lab.pid("c")
	hanging := exec.Command(lab.program, "oci", "--root", lab.root, "exec", "--env", "MYDOCKER_FAULT=child:"+step+":HANG", "c", "true")
	if err := hanging.Start(); err != nil {
		lab.Fatal(err)
	}
	(&faultLab{T: lab.T}).hangingChild(hanging.Process.Pid)
	const look = "for p in /proc/[0-9]*; do case $p in /proc/1|/proc/$$) ;; *) " +
		"test ! -e $p/root/bin/sleep || echo its own; test ! -e $p/root/etc/passwd || echo the host ;; esac; done"
	output, err := lab.oci("", "exec", "c", "sh", "-c", look)
	if err != nil || output != wants {
		lab.Errorf("it sees %q (%v), want %q", output, err, wants)
	}
	lab.must("delete", "--force", "c")
	if err := hanging.Wait(); err == nil {
		lab.Error("the process that hung has succeeded")
	}
	lab.checkNothingLeft(pid)
}

// setCapability gives the command one capability.
func (lab *ociLab) setCapability(name string) {
	path := filepath.Join(lab.bundle, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		lab.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		lab.Fatal(err)
	}
	set := []string{name}
	config["process"].(map[string]any)["capabilities"] = map[string]any{"bounding": set, "effective": set, "permitted": set}
	if text, err = json.Marshal(config); err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		lab.Fatal(err)
	}
}
