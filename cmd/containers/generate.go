package containers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
)

// generateCommand is podman's: it is for those who have a service manager look after a container.
func generateCommand() *cli.Command {
	return &cli.Command{
		Name: "generate", Usage: "make units of containers for a service manager", Category: containersCategory,
		UsageText: "mydocker generate COMMAND",
		Commands: []*cli.Command{{
			Name: "systemd", Usage: "print a unit by which systemd starts and stops a container",
			UsageText: "mydocker generate systemd [options] CONTAINER",
			Description: "The supervisor is the unit's main process, and its exit status is the command's. " +
				"A container in a unit needs no restart policy of its own, and none that mydocker boot starts.",
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "files", Aliases: []string{"f"}, Usage: "write the unit to a file in this directory, and print its path"},
				&cli.BoolFlag{Name: "name", Aliases: []string{"n"}, Usage: "call the container by its name, and not by its id"},
				&cli.BoolFlag{Name: "new", Usage: "make the container at each start, as it was made, and remove it at each stop"},
				&cli.StringFlag{Name: "restart-policy", Value: "on-failure", Usage: "systemd's: no, on-success, on-failure, on-abnormal, on-watchdog, on-abort or always"},
				&cli.StringFlag{Name: "time", Aliases: []string{"t", "stop-timeout"}, Value: "10", Usage: "seconds between the stop signal and SIGKILL"},
			},
			Metadata: command.Takes(1, containerWords),
			Action:   generateAction,
		}},
	}
}

func generateAction(_ context.Context, c *cli.Command) error {
	switch {
	case c.NArg() == 0:
		return command.NoContainer(c)
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	}
	u, err := readUnit(c)
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	found, err := state.Find(dir, c.Args().First())
	if err == nil {
		err = u.describe(&found, c.Bool("name"), c.Bool("new"))
	}
	if err != nil {
		return exit.Failed(err)
	}
	if os.Getenv(state.Variable) != "" || c.IsSet("root") {
		u.state = dir
	}
	if !c.Bool("files") {
		_, err := fmt.Fprint(command.Output(c), u.text())
		return err
	}
	return exit.Failed(u.write(c))
}

// unit is a service of systemd.
type unit struct {
	name    string   // the container's, or its id
	isNew   bool     // it is made at each start
	words   []string // by which it is made
	dir     string   // where that was
	state   string   // the directory of mydocker's state, "" for the default
	restart string
	timeout int
}

func readUnit(c *cli.Command) (*unit, error) {
	u := &unit{restart: c.String("restart-policy")}
	known := []string{"no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"}
	if !slices.Contains(known, u.restart) {
		return nil, exit.Usage(fmt.Sprintf("invalid value %q for --restart-policy: none of %s", u.restart, strings.Join(known, ", ")))
	}
	var err error
	if u.timeout, err = strconv.Atoi(c.String("time")); err != nil || u.timeout < 0 {
		return nil, exit.Usage(fmt.Sprintf("invalid value %q for --time: not a number of seconds", c.String("time")))
	}
	return u, nil
}

// describe takes over what there is to know of a container.
func (u *unit) describe(found *state.Listed, byName, isNew bool) error {
	if !found.Supervised {
		return fmt.Errorf("container %s was run in the foreground, and cannot be started again", found.ID)
	}
	u.name = found.ID
	if byName && found.Name != "" {
		u.name = found.Name
	}
	if !isNew {
		return nil
	}
	if found.Name == "" {
		return errors.New("--new: the container has no name, by which the next one could be called")
	}
	spec, err := detached.LoadSpec(found.Path)
	if err == nil && len(spec.CommandLine) == 0 {
		err = fmt.Errorf("--new: it is not known how container %s was made", found.ID)
	}
	if err != nil {
		return err
	}
	u.isNew, u.name, u.words, u.dir = true, found.Name, spec.CommandLine, spec.CallersDir
	return nil
}

// text is the unit.
func (u *unit) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s", u.file())
	line("# made by mydocker generate systemd")
	line("\n[Unit]")
	line("Description=Container %s of mydocker", specifiers(u.name))
	line("Documentation=man:mydocker(1)")
	line("Wants=network-online.target")
	line("After=network-online.target")
	line("\n[Service]")
	line("Type=notify")
	line("NotifyAccess=all")
	line("Delegate=yes")
	line("Restart=%s", u.restart)
	line("TimeoutStopSec=%d", u.timeout+60)
	if u.state != "" {
		line("Environment=%s", strings.ReplaceAll(quoted(state.Variable+"="+u.state), "$$", "$")) // nothing is expanded there
	}
	name := quoted(u.name)
	if u.isNew {
		line("WorkingDirectory=%s", specifiers(u.dir))
		line("ExecStartPre=-mydocker rm -f %s", name)
		line("ExecStart=mydocker %s", strings.Join(u.newWords(), " "))
	} else {
		line("ExecStart=mydocker start %s", name)
	}
	line("ExecStop=mydocker stop -t %d %s", u.timeout, name)
	if u.isNew {
		line("ExecStopPost=-mydocker rm -f %s", name)
	}
	line("\n[Install]")
	line("WantedBy=default.target")
	return b.String()
}

// newWords are those by which the container was made, in the background, with its name.
func (u *unit) newWords() (words []string) {
	rest := u.words
	if rest[0] == "docker" {
		words, rest = append(words, "docker"), rest[1:]
	}
	words = append(words, "run", "-d", "--name", quoted(u.name), "--sdnotify=conmon")
	for _, word := range rest[1:] {
		words = append(words, quoted(word))
	}
	return words
}

// file is the name of the unit's file.
func (u *unit) file() string { return "container-" + u.name + ".service" }

func (u *unit) write(c *cli.Command) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	path := dir + "/" + u.file()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:forbidigo // a file of the user's
	if err != nil {
		return err
	}
	_, err = file.WriteString(u.text())
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(command.Output(c), path)
	return err
}

// specifiers has systemd take a text as it is (systemd.unit(5), "SPECIFIERS").
func specifiers(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// quoted is a word of a command line (systemd.service(5), "COMMAND LINES").
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./=:,@+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "$", "$$", "%", "%%").Replace(word)
	return `"` + word + `"`
}
