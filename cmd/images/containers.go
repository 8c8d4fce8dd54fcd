package images

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// containersCategory is the heading below which the help shows the commands for containers.
const containersCategory = "CONTAINERS"

// containerCommand is the group of all that deals with containers that are kept.
func containerCommand() *cli.Command {
	return &cli.Command{
		Name: "container", Usage: "the commands for containers, as a group", Category: containersCategory,
		UsageText: "mydocker container COMMAND",
		Commands: []*cli.Command{
			below("container", "ls", psCommand(), "list", "ps"),
			below("container", "rm", rmCommand(), "remove"),
			containerPruneCommand(),
			below("container", "commit", commitCommand()),
			below("container", "export", exportCommand()),
			containerDiffCommand(),
		},
	}
}

// noContainer refuses a command without an argument.
func noContainer(c *cli.Command) error { return exit.Usage(c.Name + ": no container given") }

// containerWords are the names of containers, and the ids of those that have none, for the
// shell's completion.
func containerWords(c *cli.Command) (words []Word) {
	dir, err := stateDirectory(c)
	if err != nil {
		return nil
	}
	all, _ := state.List(dir) //nolint:errcheck // a completion has nowhere to say what is damaged
	for i := range all {
		value := all[i].Name
		if value == "" {
			value = all[i].ID
		}
		words = append(words, Word{value, imageOf(all[i].Image) + ", " + statusOf(&all[i], time.Now())})
	}
	return words
}

// removeTree removes a directory of a container. Where the caller is an ordinary user, files in
// it may belong to subordinate ids.
func removeTree(at *os.File, name string) error {
	err := overlay.RemoveTree(at, name)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return removeInside(filepath.Join(at.Name(), name))
}

// removeInside removes a directory with files that belong to subordinate ids of the caller.
func removeInside(dir string) error {
	namespace, err := ownNamespace()
	if err != nil {
		return err
	}
	if remove := namespace.Remover(); remove != nil {
		return remove(dir)
	}
	return &fs.PathError{Op: "remove", Path: dir, Err: unix.EACCES}
}

// ownNamespace is the user namespace that containers of the caller have, nil for none.
func ownNamespace() (*users.UserNamespace, error) {
	privileged, err := utils.HasCapability(unix.CAP_SYS_ADMIN)
	if privileged || err != nil {
		return nil, err
	}
	return users.Resolve(&spec.UserNamespace{})
}
