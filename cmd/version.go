package cmd

import (
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

const version = "0.1.0"

func versionFlag() cli.Flag {
	return &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version and the commit it was built from", Local: true}
}

func printVersion(c *cli.Command) error {
	_, err := fmt.Fprintln(c.Root().Writer, versionText())
	return err
}

func versionText() string {
	commit, modified, goVersion := "unknown", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = ", " + info.GoVersion
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				commit = setting.Value
			case setting.Key == "vcs.modified" && setting.Value == "true":
				modified = " with changes"
			}
		}
	}
	return "mydocker version " + version + ", commit " + commit + modified + goVersion
}
