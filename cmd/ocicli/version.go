package ocicli

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func (c *call) version() (int, error) {
	build := c.build()
	return 0, c.print(fmt.Appendf(nil, "%s version %s\ncommit: %s\nspec: %s\n", c.program(), build.Version, build.Commit, specs.Version))
}
