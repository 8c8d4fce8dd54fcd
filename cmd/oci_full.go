//go:build !front

package cmd

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// ociCommand is what help and completion know of the OCI runtime. Main takes it before the
// command line is built; so this one only answers where something stands before it.
func ociCommand() *cli.Command {
	return &cli.Command{
		Name:            ociName,
		Usage:           "be an OCI runtime, for podman, containerd and dockerd",
		UsageText:       "mydocker oci [options] COMMAND",
		Description:     "mydocker oci --help lists its commands. See docs/oci.md.",
		SkipFlagParsing: true,
		Action: func(context.Context, *cli.Command) error {
			return exit.Usage("nothing may stand before oci: mydocker oci ...")
		},
	}
}
