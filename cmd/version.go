package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

const (
	version     = "0.1.0"
	versionDate = "2026-11-29" // of the manual page
)

func versionFlag() cli.Flag {
	return &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version and the commit it was built from", Local: true}
}

// versionCommand is Docker's word for --version.
func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version and the commit it was built from",
		UsageText: "mydocker version [--json]",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print one JSON object"}},
		Action: func(_ context.Context, c *cli.Command) error {
			if c.NArg() > 0 {
				return tooMany(c, c.Args().First())
			}
			return printVersion(c, c.Bool("json"))
		},
	}
}

// build is what a binary says of itself.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`   // "" where it was not built in a checkout
	Modified bool   `json:"modified"` // it was built with changes to the commit
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// commit is what is said of the commit that it was built from.
func (b build) commit() string {
	commit := b.Commit
	if commit == "" {
		commit = "unknown"
	}
	if b.Modified {
		commit += " with changes"
	}
	return commit
}

func printVersion(c *cli.Command, asJSON bool) error {
	b := thisBuild()
	if asJSON {
		return json.NewEncoder(c.Root().Writer).Encode(b)
	}
	_, err := fmt.Fprintf(c.Root().Writer, "mydocker version %s, commit %s, %s\n", b.Version, b.commit(), b.Go)
	return err
}
