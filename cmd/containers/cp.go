package containers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/cp"
	"github.com/mydocker/mydocker/container/image/kept"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

func cpCommand() *cli.Command {
	return &cli.Command{
		Name: "cp", Usage: "copy files between a container and the host", Category: containersCategory,
		UsageText: "mydocker cp [options] CONTAINER:PATH PATH|-\nmydocker cp [options] PATH|- CONTAINER:PATH",
		Description: "The container may run or not. - writes a tar archive to stdout, or reads one from stdin. A directory is copied " +
			"into one that exists, or becomes what does not exist; with /. behind it what is in it is copied. A path of the host " +
			"with a colon in it begins with / or ./. Files in the container keep their owners' numbers; those on the host become the caller's.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "archive", Aliases: []string{"a"}, Usage: "give files in a container to its user, and keep the owners of those on the host"},
			&cli.BoolFlag{Name: "follow-link", Aliases: []string{"L"}, Usage: "copy what the path leads to, where it is a symbolic link"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing; without it, progress on a terminal"},
		},
		Metadata: command.Takes(2, pathWords),
		Action:   cpAction,
	}
}

// pathWords are the containers, as a path of one begins.
func pathWords(c *cli.Command) (words []command.Word) {
	for _, word := range containerWords(c) {
		words = append(words, command.Word{Value: word.Value + ":", Meaning: word.Meaning})
	}
	return words
}

// end is one end of a copy, as the user has named it.
type end struct{ named, container, path, state string }

func newEnd(argument string) end {
	e := end{named: argument}
	e.container, e.path = cp.Split(argument)
	return e
}

// open opens the files, and makes the path absolute.
func (e *end) open(c *cli.Command) (*kept.Files, error) {
	if e.container == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, err
		}
		e.path = cp.Clean(dir, e.path)
		return kept.Host()
	}
	e.path = cp.Clean("/", e.path)
	dir, err := command.StateDirectory(c)
	if err != nil {
		return nil, err
	}
	e.state = dir
	return kept.OpenFiles(dir, e.container, planOf(dir))
}

func cpAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() != 2 {
		return exit.Usage("cp takes a source and a destination: CONTAINER:PATH PATH, or PATH CONTAINER:PATH")
	}
	from, to := newEnd(c.Args().Get(0)), newEnd(c.Args().Get(1))
	switch {
	case from.container != "" && to.container != "":
		return exit.Failed(errors.New("copying between containers is not supported"))
	case from.named == "":
		return exit.Failed(errors.New("source can not be empty"))
	case to.named == "":
		return exit.Failed(errors.New("destination can not be empty"))
	case from.container == "" && to.container == "":
		return exit.Failed(errors.New("must specify at least one container source"))
	case from.path == "" || to.path == "":
		return exit.Failed(errors.New("a path is missing: CONTAINER:PATH"))
	case to.named == "-" && term.IsTerminal(int(os.Stdout.Fd())):
		return exit.Failed(errors.New("cowardly refusing to write an archive to a terminal: redirect it"))
	}
	moving := &copying{c: c, from: from, to: to, progress: newProgress(c, &from, &to)}
	moving.progress.begin()
	err := moving.do(ctx)
	return exit.Failed(errors.Join(err, moving.progress.end(err == nil)))
}

// copying is a copy.
type copying struct {
	c        *cli.Command
	from, to end
	progress *progress
}

func (m *copying) do(ctx context.Context) (err error) {
	var source, destination *kept.Files
	if m.from.named != "-" {
		if source, err = m.from.open(m.c); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Close()) }()
	}
	if m.to.named != "-" {
		if destination, err = m.to.open(m.c); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, destination.Close()) }()
	}
	if source == nil {
		archive, _, err := compression.NewReader(os.Stdin) // as load and import read one
		if err != nil {
			return err
		}
		return errors.Join(m.into(ctx, archive, destination, nil), archive.Close())
	}
	return m.between(ctx, source, destination)
}

// between reads what is copied at one end, and writes it at the other meanwhile.
func (m *copying) between(ctx context.Context, source, destination *kept.Files) error {
	reader, writer := io.Pipe()
	read := make(chan error, 1)
	var archived unpack.Archived
	go func() {
		const piece = 1 << 20
		buffered := bufio.NewWriterSize(writer, piece)
		var err error
		archived, err = source.Out(ctx, buffered, m.from.path, m.c.Bool("follow-link"))
		if err == nil {
			err = buffered.Flush()
		}
		writer.CloseWithError(err)
		read <- err
	}()
	written := m.write(ctx, reader, destination)
	reader.CloseWithError(errStopped)
	err := <-read
	if err == nil || errors.Is(err, errStopped) {
		err = written
	} else {
		err = m.notRead(err)
	}
	if err == nil {
		tell(m.from.state, events.CopyOut, source.Record)
	}
	return errors.Join(err, tellSkipped(m.c.Root().ErrWriter, &archived))
}

// errStopped ends who reads where nobody writes any more.
const errStopped = utils.Sentinel("nobody writes what is read")

// notRead has Docker's words for a path that a container has not.
func (m *copying) notRead(err error) error {
	if m.from.container != "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return fmt.Errorf("No such container:path: %s", m.from.named) //nolint:staticcheck // scripts look for Docker's words
	}
	return err
}

// write writes what is read, behind the line that says what it is.
func (m *copying) write(ctx context.Context, r io.Reader, destination *kept.Files) error {
	source, archive, err := cp.ReadSource(r)
	if err != nil {
		return err
	}
	if destination != nil {
		return m.into(ctx, archive, destination, source)
	}
	_, err = io.Copy(os.Stdout, m.progress.reader(archive))
	return err
}

// into writes an archive's files.
func (m *copying) into(ctx context.Context, archive io.Reader, destination *kept.Files, source *cp.Source) error {
	in := &cp.In{Path: m.to.path, Name: m.to.named, Source: source, Host: m.to.container == "", Owners: m.c.Bool("archive")}
	if in.Host {
		in.Name = m.to.path
	} else if m.c.Bool("archive") {
		in.User = userOf(destination.Record)
	}
	written, err := destination.In(ctx, m.progress.reader(archive), in)
	if err == nil && written.Devices > 0 && source != nil && !source.Dir {
		return fmt.Errorf("%s is a device node: only root can make one", m.from.named)
	}
	if err == nil {
		tell(m.to.state, events.CopyIn, destination.Record)
	}
	return errors.Join(err, m.tellLost(&written))
}

// userOf is the user of a container's command, as it was asked for.
func userOf(r *state.Record) string {
	if r == nil {
		return ""
	}
	return r.Config.User
}

// tellLost tells what the files could not get.
func (m *copying) tellLost(written *unpack.Result) error {
	var texts []string
	if written.Owners > 0 {
		texts = append(texts, fmt.Sprintf("warning: files with another owner than they should have: %d; the user namespace does not have it", written.Owners))
	}
	if written.Devices > 0 {
		texts = append(texts, fmt.Sprintf("warning: device nodes that are left out: %d; only root can make them", written.Devices))
	}
	for _, text := range texts {
		if _, err := fmt.Fprintln(m.c.Root().ErrWriter, "mydocker: "+text); err != nil {
			return err
		}
	}
	return nil
}
