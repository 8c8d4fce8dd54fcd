// Package images has the commands that deal with images. They link the libraries of formats
// and registries, which the program that starts containers does not: see docs/dependencies.md.
package images

import "github.com/urfave/cli/v3"

// Commands are the commands.
func Commands() []*cli.Command { return nil }
