package cmd

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/spec"
)

func mountFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "volume", Aliases: []string{"v"}, Usage: "a file, a directory or a volume, `SRC:DST`[:OPTION,...] as in .:/src:ro; DST alone is a new volume; may be repeated"},
		&cli.StringSliceFlag{Name: "mount", Usage: "the same in words, or a tmpfs: type=TYPE,src=SRC,dst=DST,OPTION... (TYPE is volume, bind or tmpfs)"},
		&cli.StringSliceFlag{Name: "tmpfs", Usage: "an empty directory in memory, `DST[:OPTION,...]`, as in /tmp:size=64m"},
		&cli.StringSliceFlag{Name: volumesFromName, Usage: "all volumes and directories of the host that `CONTAINER`[:ro] has; may be repeated"},
		&cli.StringFlag{Name: "volume-driver", Usage: "the driver of volumes that are made: local is the only one"},
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
	if driver := c.String("volume-driver"); driver != "" && driver != container.VolumeDriver {
		return nil, fmt.Errorf("invalid value %q for --volume-driver: %s is the only driver", driver, container.VolumeDriver)
	}
	typed := c.StringSlice
	given, err := readMounts(typed)
	if err != nil {
		return nil, err
	}
	given = withoutHidden(given)
	if !root.Own() {
		if from := typed(volumesFromName); len(from) > 0 {
			return nil, fmt.Errorf("--%s %s: %w", volumesFromName, from[0], spec.ErrNeedsRoot)
		}
		return given, nil
	}
	others, err := volumesFrom(root.State, listOf(c, volumesFromName))
	if err != nil {
		return nil, err
	}
	given = addMissing(others, given)
	d := defaultsOf(c)
	if d == nil {
		return given, nil
	}
	mounts, err := readMounts(func(name string) []string { return d.lists[name] })
	return addMissing(mounts, given), err
}

// addMissing adds the mounts at whose targets there is none, before the others.
func addMissing(mounts, given []spec.Mount) []spec.Mount {
	mounts = slices.DeleteFunc(mounts, func(m spec.Mount) bool { return hasTarget(given, m.Target) })
	return slices.Concat(mounts, given)
}

// withoutHidden leaves out the volumes of which only the target is said, where something else is
// mounted there.
func withoutHidden(mounts []spec.Mount) []spec.Mount {
	return slices.DeleteFunc(slices.Clone(mounts), func(m spec.Mount) bool {
		return m.Type == spec.MountVolume && m.Volume == nil &&
			slices.ContainsFunc(mounts, func(o spec.Mount) bool { return o.Target == m.Target && (o.Type != m.Type || o.Volume != nil) })
	})
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

// What is not understood, and what helps.
const (
	noPath           = "%[1]q is no path of the host: one has a slash, as in ./%[1]s or /srv/%[1]s (type=volume is a volume of that name)"
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
		return "", fmt.Errorf(noPath, source)
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
