//go:build !front

package cmd

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// manCommand prints the manual page, which has the same flags as the help. It is for
// "make install" and "make deb".
func manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print the manual page (internal)", UsageText: "mydocker man", Hidden: true,
		Action: func(_ context.Context, c *cli.Command) error {
			if c.NArg() > 0 {
				return tooMany(c, c.Args().First())
			}
			_, err := io.WriteString(c.Root().Writer, manPage(c.Root()))
			return err
		},
	}
}

// manWidth keeps the lines of the source as short as mandoc(1) likes them.
const manWidth = 72

// page is a manual page in the macros of man(7), which groff and mandoc read.
type page struct{ strings.Builder }

func (p *page) macro(name string, words ...string) {
	p.WriteString("." + name)
	for _, word := range words {
		p.WriteString(` "` + escaped(word) + `"`)
	}
	p.WriteByte('\n')
}

// text writes a paragraph, in which a leading dot is a dot.
func (p *page) text(text string) {
	for _, line := range wrapped(text, manWidth) {
		line = escaped(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		p.WriteString(line + "\n")
	}
}

// item is a word in bold with what it means.
func (p *page) item(name, meaning string) {
	p.macro("TP")
	p.macro("B", name)
	p.text(meaning)
}

func (p *page) flags(flags []cli.Flag) {
	for _, flag := range flags {
		names, usage := namesAndUsage(flag)
		p.item(names, usage)
	}
}

// escaped is text in which nothing is roff's own.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "'", `\(aq`).Replace(text)
}

func manPage(app *cli.Command) string {
	p := &page{}
	p.WriteString(`.TH MYDOCKER 1 ` + versionDate + ` "mydocker ` + version + `" "User Commands"` + "\n")
	p.macro("SH", "NAME")
	p.text(app.Name + " - " + app.Usage)
	p.macro("SH", "SYNOPSIS")
	for i, usage := range synopses(app) {
		if i > 0 {
			p.macro("br")
		}
		p.macro("B", usage)
	}
	run := app.Command(runName)
	p.macro("SH", "DESCRIPTION")
	p.text(run.Description)
	p.macro("PP")
	p.text("By default the container has 256 MiB of memory, one CPU and no network. It sees the host's files, and is no sandbox against hostile code. With a root file system of its own (--image, --rootfs, --overlay, --read-only) it has no default limits but one of 2048 processes, and Docker's capabilities and seccomp filter.")
	p.macro("PP")
	p.text("Called as docker, by a link or as mydocker docker, it has Docker's command line: the first word of run that is no option is the image, there are no limits, and a container stays unless --rm is given.")
	p.text("Called as mydocker-oci, or as mydocker oci, it is an OCI runtime, for podman, containerd and dockerd: see mydocker-oci --help and docs/oci.md.")
	p.macro("SH", "COMMANDS")
	for _, category := range categories(app) {
		if category != "" {
			p.macro("SS", category)
		}
		p.commands(app, category)
	}
	p.macro("SH", "GLOBAL OPTIONS")
	p.flags(app.VisibleFlags())
	p.macro("SH", "OPTIONS OF RUN")
	for _, group := range flagGroups() {
		p.macro("SS", group.title)
		p.flags(group.flags)
	}
	p.otherCommands(app)
	p.rest()
	return p.String()
}

// commands writes what the commands of a category do.
func (p *page) commands(app *cli.Command, category string) {
	for _, c := range app.Commands {
		switch {
		case c.Hidden || c.Category != category:
		case c.Name == runName:
			p.item(c.Name, c.Usage) // the rest is said above
		case len(c.Commands) > 0:
			p.item(c.Name, c.Usage)
			p.group(c)
		default:
			p.item(c.Name, strings.TrimSpace(c.Usage+". "+c.Description))
		}
	}
}

// group writes the commands of a group. Those that stand alone, too, are not told twice.
func (p *page) group(group *cli.Command) {
	for _, c := range group.Commands {
		name := group.Name + " " + c.Name
		if alone := sameAlone(group.Root(), c); alone != nil {
			p.item(name, "the same as "+alone.Name)
		} else {
			p.item(name, strings.TrimSpace(c.Usage+". "+c.Description))
		}
	}
}

// sameAlone is the command that a group's command is, too; nil if there is none.
func sameAlone(app, c *cli.Command) *cli.Command {
	for _, alone := range app.Commands {
		if alone != c && alone.Usage == c.Usage {
			return alone
		}
	}
	return nil
}

// otherCommands writes the options of all commands but run.
func (p *page) otherCommands(app *cli.Command) {
	for _, c := range app.Commands {
		if c.Name != runName {
			p.options(c.Name, c)
		}
		for _, below := range c.Commands {
			if sameAlone(app, below) == nil {
				p.options(c.Name+" "+below.Name, below)
			}
		}
	}
}

func (p *page) options(name string, c *cli.Command) {
	if c.Hidden || len(c.VisibleFlags()) < 2 { // --help alone
		return
	}
	p.macro("SH", "OPTIONS OF "+strings.ToUpper(name))
	p.flags(c.VisibleFlags())
}

// synopses are the usage of each command that is not hidden.
func synopses(app *cli.Command) (usages []string) {
	for _, c := range app.Commands {
		if !c.Hidden {
			usages = append(usages, strings.Split(c.UsageText, "\n")...)
		}
	}
	return usages
}

// rest writes what is not about one flag.
func (p *page) rest() {
	p.macro("SH", "EXIT STATUS")
	for _, status := range [][2]string{
		{"the command's own", "it ran"},
		{"1", "of the commands for images and containers: something that was named cannot be had or done, which Docker tells by the same"},
		{"124", "its time was up (--timeout, --cpu-time)"},
		{"125", "mydocker failed, or was used wrongly; the command never ran"},
		{"126", "the command cannot be executed"},
		{"127", "the command was not found, or the interpreter that it names"},
		{"128 + N", "signal N ended the command; 137 is also what a lack of memory ends with, and a warning says so"},
	} {
		p.item(status[0], status[1])
	}
	p.macro("SH", "ENVIRONMENT")
	for _, flag := range slices.Concat(commonFlags(), rareFlags()) {
		if documented, is := flag.(cli.DocGenerationFlag); is {
			for _, name := range documented.GetEnvVars() {
				p.item(name, "the default of "+dashed(flag.Names()[0]))
			}
		}
	}
	p.item(configVar, "the only file with defaults to read; /dev/null is for none")
	p.item("MYDOCKER_STATE", "the directory of images, of containers that are kept, and of what runs write; --root counts more")
	p.item("DOCKER_CONFIG", "the directory of config.json, which has the passwords for registries; without it ~/.docker")
	p.item("NO_COLOR", "where it is set, --explain has no colours")
	p.macro("SH", "FILES")
	p.item("/var/lib/mydocker", "images and containers of root")
	p.item("$XDG_DATA_HOME/mydocker, ~/.local/share/mydocker", "those of others")
	p.item(systemConfig, "defaults for all users")
	p.item("$XDG_CONFIG_HOME/"+configName+", ~/.config/"+configName, "defaults for one user, which count more")
	p.macro("PP")
	p.text("A line is NAME = VALUE, in which NAME is the long name of an option of run or of the log; lines that begin with # say nothing. " +
		"An option on the command line counts more than the environment, and that more than the files. The values of an option that may be repeated add up. " +
		"Root reads no file that another user could write.")
	p.macro("SH", "EXAMPLES")
	for _, example := range slices.Concat(runExamples(), rootExamples()) {
		p.item(example.command, example.meaning)
	}
	p.macro("SH", "SEE ALSO")
	for _, other := range []string{"cgroups(7),", "namespaces(7),", "unshare(1),", "nsenter(1)"} {
		name, section, _ := strings.Cut(other, "(")
		p.macro("BR", name, "("+section)
	}
	p.macro("PP")
	p.text(documentation + " has the guide, every option at length, and the report field by field.")
}

const documentation = "https://github.com/mydocker/mydocker"
