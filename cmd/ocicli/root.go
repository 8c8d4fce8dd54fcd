package ocicli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/utils"
)

// root is the directory of the containers.
func (c *call) root() (*lifecycle.Root, error) {
	path := c.global.text("root")
	if path == "" {
		path = defaultRoot(os.Getenv)
	}
	return lifecycle.OpenRoot(path, c.log.warn, c.log.done)
}

// defaultRoot is that where --root does not say another one. An ordinary user has one of his own,
// also as root of a user namespace, where no container could be seen that was made outside.
func defaultRoot(getenv func(string) string) string {
	dir := getenv("XDG_RUNTIME_DIR")
	if dir == "" || os.Geteuid() == 0 && (getenv("USER") == "root" || !inUserNamespace()) {
		dir = "/run"
	}
	return filepath.Join(dir, Program)
}

// inUserNamespace reports whether the users are not those of the host.
func inUserNamespace() bool {
	const hosts = "0 0 4294967295"
	uids, err := utils.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(uids), " ") != hosts
}

// with opens the container that is named, and calls use with it.
func (c *call) with(use func(*lifecycle.Container) error) (code int, err error) {
	root, err := c.root()
	if err != nil {
		return 0, err
	}
	container, err := root.Open(c.words[0])
	if err == nil {
		err = use(container)
	}
	if container != nil {
		err = errors.Join(err, container.Close())
	}
	return 0, err
}

// hasSystemd tells whether systemd is to make cgroups: runc's flag says so, and crun's.
func (c *call) hasSystemd() bool {
	return c.global.on("systemd-cgroup") || c.global.text(managerName) == "systemd"
}

// checkSystemd fails where systemd is to make a cgroup and there is none, as sd_booted(3) has it.
func (c *call) checkSystemd() error {
	if manager := c.global.text(managerName); manager != "" && manager != "cgroupfs" && manager != "systemd" {
		return usageError("invalid value %q for --%s: cgroupfs or systemd", utils.Shortened(manager), managerName)
	}
	if !c.hasSystemd() {
		return nil
	}
	if info, err := os.Stat("/run/systemd/system"); err != nil || !info.IsDir() {
		return errors.New("systemd not running on this host, cannot use systemd cgroups manager")
	}
	return c.needsDBus(true)
}

// checkRootless checks the value of --rootless, which changes nothing.
func checkRootless(value string) error {
	switch value {
	case "", "true", "false", "auto":
		return nil
	}
	return usageError("invalid value %q for --rootless: true, false or auto", utils.Shortened(value))
}

// print writes what a verb shows to stdout.
func (c *call) print(content []byte) error {
	if entry.WasClosed(syscall.Stdout) {
		return errors.New("stdout is closed (use >/dev/null to drop the output)")
	}
	if _, err := os.Stdout.Write(content); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}
