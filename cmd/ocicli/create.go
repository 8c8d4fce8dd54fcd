package ocicli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/oci"
	"github.com/mydocker/mydocker/container/state"
)

func (c *call) create() (int, error) {
	root, plan, options, err := c.prepare(true)
	if err != nil {
		return 0, err
	}
	container, err := root.Create(c.words[0], plan, options)
	if err != nil {
		return 0, err
	}
	return 0, container.Close()
}

func (c *call) runContainer() (code int, err error) {
	detach := c.on("detach")
	root, plan, options, err := c.prepare(detach)
	if err != nil {
		return 0, err
	}
	if !detach {
		keepPipeErrors()
	}
	return root.Run(c.words[0], plan, lifecycle.RunOptions{CreateOptions: options, Detach: detach, Keep: c.on("keep"), Manager: os.Getenv(notify.Variable)})
}

// keepPipeErrors has a write to a pipe without a reader fail, and not end this process, which has a
// container to look after. Init undoes it.
func keepPipeErrors() { signal.Ignore(syscall.SIGPIPE) }

// prepare reads the bundle, and how the caller wants to be connected with the container.
func (c *call) prepare(detach bool) (root *lifecycle.Root, plan *lifecycle.Plan, options lifecycle.CreateOptions, err error) {
	if err = errors.Join(checkRootless(c.global.text("rootless")), c.checkSystemd()); err != nil {
		return nil, nil, options, err
	}
	if err = lifecycle.CheckID(c.words[0]); err != nil {
		return nil, nil, options, err
	}
	if root, err = c.root(); err != nil {
		return nil, nil, options, err
	}
	manager := os.Getenv(notify.Variable)
	if manager != "" {
		if err = notify.Check(manager); err != nil {
			return nil, nil, options, err
		}
	}
	bundle := c.text("bundle")
	if bundle == "" {
		bundle = "."
	}
	c.log.step("read the bundle %q", bundle)
	plan, err = oci.Load(bundle, oci.Options{
		NoPivot: c.on("no-pivot"), NoNewKeyring: c.on("no-new-keyring"), Systemd: c.hasSystemd(), Cache: filters(),
		Config: c.text("config"), Notify: manager != "",
	})
	if err != nil {
		return nil, nil, options, err
	}
	for _, warning := range plan.Warnings {
		c.log.warn(errors.New(warning))
	}
	options = c.connection()
	options.PreserveFDs, plan.Message.Env, err = c.preserved(plan.Message.Env)
	return root, plan, options, errors.Join(err, checkConsole(detach, plan.Process.Terminal, options.ConsoleSocket))
}

// filters is where compiled seccomp filters are kept, "" for nowhere.
func filters() string {
	if dir := state.Directory(os.Geteuid(), os.Getenv("HOME"), os.Getenv); dir != "" {
		return dir + "/seccomp"
	}
	return ""
}

// connection is what the flags say of how the caller and a process are connected.
func (c *call) connection() lifecycle.CreateOptions {
	return lifecycle.CreateOptions{
		PidFile: c.text("pid-file"), ConsoleSocket: c.text("console-socket"), PidfdSocket: c.text("pidfd-socket"),
	}
}

// checkConsole refuses a pseudo-terminal that nobody would have the other end of, and a socket that
// gets none.
func checkConsole(detach, terminal bool, socket string) error {
	switch {
	case detach && terminal && socket == "":
		return errors.New("cannot allocate tty if " + Program + " will detach without setting console socket: use --console-socket")
	case socket != "" && (!detach || !terminal):
		return errors.New("cannot use console socket if " + Program + " will not detach or allocate tty")
	}
	return nil
}

// firstFD is the first descriptor behind the standard ones.
const firstFD = 3

// preserved is how many descriptors the command gets from 3 on: those that a service manager has
// given to this process (sd_listen_fds(3)), of which the command is told in its environment, and
// those that were asked for.
func (c *call) preserved(env []string) (count int, told []string, err error) {
	if count, err = c.count("preserve-fds"); err != nil {
		return 0, env, err
	}
	listen, err := listenFDs(os.Getenv)
	if err == nil && listen > 0 {
		env = append(env, "LISTEN_FDS="+strconv.Itoa(listen), "LISTEN_PID=1")
	}
	return listen + count, env, err
}

// listenFDs is how many descriptors a service manager has passed to this process.
func listenFDs(getenv func(string) string) (int, error) {
	count := getenv("LISTEN_FDS")
	if count == "" || getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	number, err := strconv.ParseUint(count, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("LISTEN_FDS=%q is no number of descriptors", count)
	}
	return int(number), nil
}

// checkFDs fails where a descriptor that the command is to get is not open.
func (c *call) checkFDs() error {
	if find(c.verb.flags, "preserve-fds") == nil {
		return nil
	}
	count, _, err := c.preserved(nil)
	if err != nil {
		return err
	}
	for n := range count {
		if _, err := unix.FcntlInt(uintptr(firstFD+n), unix.F_GETFD, 0); err != nil {
			return fmt.Errorf("unable to stat preserved-fd %d (of %d): descriptor %d is not open", n, count, firstFD+n)
		}
	}
	return nil
}
