package cmd

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
)

func mountFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "volume", Aliases: []string{"v"}, Usage: "a file or directory of the host, `SRC:DST`[:OPTION,...] as in .:/src:ro; may be repeated"},
		&cli.StringSliceFlag{Name: "mount", Usage: "the same in words, or a tmpfs: type=bind|tmpfs,src=SRC,dst=DST,OPTION..."},
		&cli.StringSliceFlag{Name: "tmpfs", Usage: "an empty directory in memory, `DST[:OPTION,...]`, as in /tmp:size=64m"},
		&cli.StringFlag{Name: "shm-size", Usage: "size of /dev/shm (default: 64m)"},
	}
}

// mountParsers read a value of these flags each.
func mountParsers() []mountParser {
	return []mountParser{{"volume", parseVolume}, {"mount", parseMount}, {"tmpfs", parseTmpfs}}
}

type mountParser struct {
	flag  string
	parse func(string) (spec.Mount, error)
}

// parseMounts reads the mounts. What the files say is for runs alone that have a root
// of their own, and gives way to the command line where both have the same target.
func parseMounts(c *cli.Command, root *spec.Root) ([]spec.Mount, error) {
	given, err := readMounts(c.StringSlice)
	if err != nil || !root.Own() {
		return given, err
	}
	d := defaultsOf(c)
	if d == nil {
		return given, nil
	}
	mounts, err := readMounts(func(name string) []string { return d.lists[name] })
	mounts = slices.DeleteFunc(mounts, func(m spec.Mount) bool { return hasTarget(given, m.Target) })
	return slices.Concat(mounts, given), err
}

// readMounts reads the values of all three flags. As in Docker, the same twice is
// once, and of two tmpfs with the same target the last counts.
func readMounts(valuesOf func(flag string) []string) (mounts []spec.Mount, err error) {
	for _, parser := range mountParsers() {
		values := valuesOf(parser.flag)
		for n, value := range values {
			if slices.Contains(values[:n], value) {
				continue
			}
			m, err := parseValue(parser.flag, value, parser.parse)
			if err != nil {
				return nil, err
			}
			m.Given = "--" + parser.flag + " " + value
			if parser.flag == "tmpfs" {
				mounts = slices.DeleteFunc(mounts, func(o spec.Mount) bool { return o.Type == m.Type && o.Target == m.Target })
			}
			mounts = append(mounts, m)
		}
	}
	return mounts, nil
}

func hasTarget(mounts []spec.Mount, target string) bool {
	return slices.ContainsFunc(mounts, func(m spec.Mount) bool { return m.Target == target })
}

// What there is not yet, and what helps.
const (
	noNamedVolumes   = "named volumes are not there yet: a path of the host has a slash, as in ./%[1]s:/DST or /srv/%[1]s:/DST"
	noAnonymous      = "new volumes without a source are not there yet: SRC:DST names a directory of the host, and --tmpfs DST is empty at the beginning and gone at the end"
	colonsNeedMount  = "a path with a colon in it is for --mount: type=bind,src=SRC,dst=DST"
	tildeIsForShells = `the shell leaves ~ as it is there: "$HOME" says the same`
)

// parseTarget makes where a mount is in the container a plain path.
func parseTarget(target string) (string, error) {
	switch {
	case strings.ContainsRune(target, 0):
		return "", errors.New("a path holds no NUL byte")
	case !path.IsAbs(target):
		return "", fmt.Errorf("invalid mount path: %q: the path in the container must be absolute", target)
	case path.Clean(target) == "/":
		return "", errors.New("the destination can't be /: --rootfs DIR is for that")
	}
	return path.Clean(target), nil
}

// parseSource makes a path of the host absolute. As in Docker, a relative one begins
// with a dot; any other word is the name of a volume.
func parseSource(source string) (string, error) {
	switch {
	case strings.ContainsRune(source, 0):
		return "", errors.New("a path holds no NUL byte")
	case path.IsAbs(source):
		return path.Clean(source), nil
	case strings.HasPrefix(source, "."):
		return filepath.Abs(source)
	case strings.HasPrefix(source, "~"):
		return "", errors.New(tildeIsForShells)
	case !strings.Contains(source, "/"):
		return "", fmt.Errorf(noNamedVolumes, source)
	}
	return "", fmt.Errorf("%q is no absolute path: one from here begins with ./, as in ./%s", source, source)
}

// parseShm reads the size of /dev/shm; as in Docker, 0 is the default. What the files
// say is for runs alone that have a root of their own.
func parseShm(c *cli.Command, root *spec.Root) (size int64, err error) {
	if root.Own() || !defaultsOf(c).has("shm-size") {
		err = parseRare(c, "shm-size", parseMemory, &size)
	}
	return size, err
}
