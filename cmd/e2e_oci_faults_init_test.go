package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// initSteps are those of the init of an OCI container, in their order.
func initSteps() []string {
	return []string{
		wire.StepReadConfig, wire.StepCloseFDs, wire.StepLabel, wire.StepJoin, wire.StepStage, wire.StepRoot, wire.StepMountPrivate,
		wire.StepMountProc, wire.StepCgroup, wire.StepLoopback, wire.StepNames, wire.StepSysctls, wire.StepOOMScore, wire.StepHooks,
		wire.StepRootFS, wire.StepTerminal, wire.StepKeyring, wire.StepPriority, wire.StepRlimits, wire.StepDir, wire.StepUmask,
		wire.StepBounding, wire.StepUser, wire.StepCapabilities, wire.StepNoPrivileges, wire.StepSignals, wire.StepLookUp,
		wire.StepFiles, wire.StepListener, wire.StepWait, wire.StepFilter, wire.StepReaper, wire.StepExec,
	}
}

// faultyBundle is a bundle whose command has a fault of init in its environment.
func (lab *ociLab) faultyBundle(fault string) (dir string) {
	dir = lab.TempDir()
	text, err := os.ReadFile(filepath.Join(lab.bundle, "config.json"))
	if err != nil {
		lab.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		lab.Fatal(err)
	}
	config["process"].(map[string]any)["env"] = []string{"PATH=/bin", "MYDOCKER_FAULT=child:" + fault}
	hooks := config["hooks"].(map[string]any)
	config["hooks"] = map[string]any{"createRuntime": hooks["createRuntime"]} // others would have the fault, too
	config["root"].(map[string]any)["path"] = filepath.Join(lab.bundle, "rootfs")
	if text, err = json.Marshal(config); err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644)
	}
	if err != nil {
		lab.Fatal(err)
	}
	return dir
}

// failInit has a step of init fail, and returns which verb says so, and what is left then.
func (lab *ociLab) failInit(step string) (outcome string) {
	verb := "create"
	output, err := lab.oci("", "create", "--bundle", lab.faultyBundle(fmt.Sprintf("%s:%d", step, unix.ENOSPC)), "c")
	if err == nil {
		verb = "start"
		output, err = lab.oci("", "start", "c")
	}
	lab.checkTold(step, output, err)
	outcome = fmt.Sprintf("%s fails, %s", verb, lab.statusWhenEnded("c"))
	pid := lab.pid("c")
	lab.must("delete", "--force", "c")
	lab.checkNothingLeft(pid)
	return outcome
}

// failJoined has a step fail of a process that joins a container.
func (lab *ociLab) failJoined(step string) (outcome string) {
	if step == wire.StepHooks {
		return "has none"
	}
	lab.must("create", "--bundle", lab.bundle, "c")
	lab.must("start", "c")
	pid := lab.pid("c")
	output, err := lab.oci("", "exec", "--env", fmt.Sprintf("MYDOCKER_FAULT=child:%s:%d", step, unix.ENOSPC), "c", "true")
	lab.checkTold(step, output, err)
	outcome = "exec fails, " + lab.status("c")
	lab.must("exec", "c", "true")
	lab.must("delete", "--force", "c")
	lab.checkNothingLeft(pid)
	return outcome
}

// checkTold is about one line with the step, or of the command if that is what cannot be executed.
func (lab *ociLab) checkTold(step, output string, err error) {
	named := strings.Contains(output, step) || (step == wire.StepLookUp || step == wire.StepExec) && strings.HasPrefix(output, "exec")
	if err == nil || strings.Count(output, "\n") != 1 || !named || !strings.Contains(output, "no space left on device") {
		lab.Errorf("%v, it says %q", err, output)
	}
}

// statusWhenEnded is the status when the init has ended, which fails and is nobody's child here.
func (lab *ociLab) statusWhenEnded(id string) (status string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if status = lab.status(id); status != "running" && status != "created" {
			break
		}
	}
	return status
}

// hangInit has init hang after a step, and deletes the container while a verb waits for init.
func (lab *ociLab) hangInit(step string) (outcome string) {
	bundle, verb := lab.faultyBundle(step+":HANG"), "create"
	waiting := lab.begin("create", "--bundle", bundle, "c")
	if isAfterWait(step) {
		if err := waiting.Wait(); err != nil {
			lab.Fatal(err)
		}
		verb, waiting = "start", lab.begin("start", "c")
	}
	pid := lab.awaitHanging("c")
	lab.must("delete", "--force", "c")
	if err := waiting.Wait(); err == nil && step != wire.StepExec { // which counts as the command
		lab.Errorf("%s succeeds", verb)
	}
	outcome = fmt.Sprintf("`delete --force` ends it and the %s: %s", verb, lab.status("c"))
	lab.checkNothingLeft(pid)
	return outcome
}

func isAfterWait(step string) bool {
	for _, late := range []string{wire.StepWait, wire.StepFilter, wire.StepReaper, wire.StepExec} {
		if step == late {
			return true
		}
	}
	return false
}

// begin starts a verb that has to be waited for.
func (lab *ociLab) begin(args ...string) *exec.Cmd {
	cmd := exec.Command(lab.program, append([]string{"oci", "--root", lab.root}, args...)...)
	if err := cmd.Start(); err != nil {
		lab.Fatal(err)
	}
	return cmd
}

// awaitHanging waits until the init of a container has stopped in ppoll(2).
func (lab *ociLab) awaitHanging(id string) (pid int) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if pid = lab.pid(id); pid == 0 {
			continue
		}
		var call int
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		if _, scan := fmt.Sscan(string(content), &call); err == nil && scan == nil && call == unix.SYS_PPOLL {
			return pid
		}
	}
	lab.must("delete", "--force", id)
	lab.Fatal("init does not hang")
	return 0
}
