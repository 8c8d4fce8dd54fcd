package ocicli

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/oci"
	"github.com/mydocker/mydocker/utils"
)

// maxProcess is how long the file of --process may be, in bytes.
const maxProcess = 16 << 20

func (c *call) exec() (code int, err error) {
	_, err = c.with(func(container *lifecycle.Container) error {
		exec, err := c.process(&container.Record)
		if err != nil {
			return err
		}
		if c.has("process") { // otherwise they are those that create has told
			for _, warning := range exec.Warnings {
				c.log.warn(errors.New(warning))
			}
		}
		detach := c.on("detach")
		options := lifecycle.ExecOptions{Warn: c.log.warn, Done: c.log.done, Detach: detach, IgnorePaused: c.on("ignore-paused")}
		options.CreateOptions = c.connection()
		if options.PreserveFDs, exec.Message.Env, err = c.preserved(exec.Message.Env); err != nil {
			return err
		}
		if err := checkConsole(detach, exec.Process.Terminal, options.ConsoleSocket); err != nil {
			return err
		}
		if !detach {
			keepPipeErrors()
		}
		code, err = container.Exec(exec, options)
		return err
	})
	return code, err
}

// process is what is to be executed, as a file or the command line says it.
func (c *call) process(container *lifecycle.Record) (*lifecycle.Exec, error) {
	command := c.words[1:]
	if path := c.text("process"); path != "" {
		if len(command) > 0 {
			return nil, usageError("--process names the command, and so does the command line: %q", utils.Shortened(strings.Join(command, " ")))
		}
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		return oci.LoadProcess(text, container)
	}
	if len(command) == 0 {
		return nil, errors.New("process args cannot be empty")
	}
	cgroups, err := subCgroups(c.values["cgroup"])
	if err != nil {
		return nil, err
	}
	wanted := &oci.Command{
		Args: command, Env: c.values["env"], Cwd: c.text("cwd"), User: c.text("user"),
		AppArmor: c.text("apparmor"), SELinux: c.text("process-label"),
		AdditionalGIDs: c.values["additional-gids"], Capabilities: c.values["cap"],
		Terminal: c.on("tty"), Cgroups: cgroups,
	}
	if c.has("no-new-privs") {
		on := c.on("no-new-privs")
		wanted.NoNewPrivileges = &on
	}
	return oci.LoadCommand(wanted, container)
}

// subCgroups are those of --cgroup, [CONTROLLER[,CONTROLLER...]:]PATH, nil for none.
func subCgroups(values []string) (map[string]string, error) {
	var paths map[string]string
	for _, value := range values {
		controllers, path, named := strings.Cut(value, ":")
		if !named {
			controllers, path = "", value
		}
		for part := range strings.SplitSeq(path, "/") {
			if part == ".." {
				return nil, fmt.Errorf("bad sub cgroup path: %s is not a sub cgroup path, it leads out of the container's", utils.Shortened(path))
			}
		}
		if paths == nil {
			paths = map[string]string{}
		}
		for controller := range strings.SplitSeq(controllers, ",") {
			if controller == "" && named {
				return nil, fmt.Errorf("--cgroup %s names no controller before the colon", utils.Shortened(value))
			}
			paths[controller] = path
		}
	}
	return paths, nil
}

// readFile reads a file that the command line names, or a pipe, as a shell's <(COMMAND) is.
func readFile(path string) ([]byte, error) {
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_NOCTTY)
	if err != nil {
		return nil, errors.New("open " + utils.Shortened(path) + ": " + err.Error())
	}
	text, err := utils.ReadOpen(fd, maxProcess)
	if errors.Is(err, utils.ErrNotRegular) && isPipe(fd) {
		text, err = readPipe(fd)
	}
	return text, errors.Join(err, unix.Close(fd))
}

func isPipe(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFIFO
}

// readPipe reads a pipe to its end.
func readPipe(fd int) (text []byte, err error) {
	buffer := make([]byte, 4<<10)
	for len(text) <= maxProcess {
		n, err := utils.Retry(func() (int, error) { return unix.Read(fd, buffer) })
		if err != nil || n == 0 {
			return text, err
		}
		text = append(text, buffer[:n]...)
	}
	return nil, fmt.Errorf("longer than %d bytes", maxProcess)
}
