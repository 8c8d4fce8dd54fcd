// Package ocicli is the command line of an OCI runtime, as podman, containerd's shim and dockerd
// call it: mydocker-oci, or "mydocker oci".
//
//	parse.go                flags and words are taken apart
//	verbs.go                what verbs there are, and their flags
//	log.go                  what engines and people are told
//	create.go, exec.go ...  one verb, or a few that are alike
//
// Where mydocker is two programs (see docs/architecture.md, "Front and full"), the front has the
// verbs by which a container lives, and the version, and passes the others on.
package ocicli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mydocker/mydocker/cmd/full"
)

// Program is the name of the runtime.
const Program = "mydocker-oci"

// IsProgram reports whether a program that is called so is the runtime. Links with the names of
// others are for engines and suites that know nothing else. The package entry knows them as well.
func IsProgram(path string) bool {
	switch filepath.Base(path) {
	case Program, "runc", "crun":
		return true
	}
	return false
}

// Exit codes. All others are those of a command in a container.
const (
	codeFailed     = 1
	codeExecFailed = 255
)

// Build is what the program says of itself.
type Build struct{ Version, Commit string }

// call is one run of the runtime.
type call struct {
	args   []string   // of the process
	global *arguments // before the verb
	verb   *verb      // nil where none is named
	*arguments
	log   *logger
	build func() Build
}

// errElsewhere says that the full program has to do it.
var errElsewhere = errors.New("only the full program does that")

// Main runs it with the arguments of the process, the program's name first, and returns the exit
// code.
func Main(args []string, build func() Build) int {
	c := &call{args: args, log: &logger{stderr: os.Stderr}, build: build}
	code, err := c.run()
	if errors.Is(err, errElsewhere) {
		err = full.Execute(args)
	}
	if err != nil {
		code = c.failed(err)
	}
	return code
}

// program is the name that the runtime was called by.
func (c *call) program() string {
	if IsProgram(c.args[0]) {
		return filepath.Base(c.args[0])
	}
	return Program
}

func (c *call) run() (code int, err error) {
	args := c.args[1:]
	if !IsProgram(c.args[0]) {
		args = args[1:] // mydocker oci
	}
	if c.global, err = parse(globalFlags(), args, 1); err == nil {
		err = c.parseVerb()
	}
	if errors.Is(err, errElsewhere) {
		return 0, err
	}
	if err == nil {
		err = c.checkFDs() // before a file is opened in the place of one
	}
	log, logErr := openLog(c.global)
	if c.log = log; logErr != nil {
		return 0, logErr
	}
	if err != nil {
		return 0, err
	}
	c.log.step("%s: arguments %q", c.verb.name, args)
	return c.verb.run(c)
}

// failed tells of an error, and returns the exit code.
func (c *call) failed(err error) int {
	var usage *usageErr
	isUsage := errors.As(err, &usage)
	if isUsage {
		name := c.program()
		if c.verb != nil {
			name += " " + c.verb.name
		}
		err = fmt.Errorf("%w (see %s --help)", err, name)
	}
	c.log.fail(err) //nolint:errcheck // nobody is left who could be told of that
	if !isUsage && c.verb != nil && c.verb.name == verbExec {
		return codeExecFailed
	}
	return codeFailed
}
