package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/volume"
)

// parseVolume reads SRC:DST[:OPTION,...], as -v has it in Docker: SRC is a path of the host, or
// the name of a volume. DST alone is a volume that nobody has named.
func parseVolume(s string) (m spec.Mount, err error) {
	parts := strings.Split(s, ":")
	for _, part := range parts {
		if part == "" {
			return m, errors.New("an empty section between colons: not SRC:DST[:OPTION,...]")
		}
	}
	switch {
	case len(parts) == 1:
		m.Type = spec.MountVolume
		m.Target, err = parseTarget(s)
		return m, err
	case len(parts) > 3:
		return m, errors.New("too many colons: " + colonsNeedMount)
	case len(parts) == 2 && isVolumeOptions(parts[1]):
		return m, fmt.Errorf("there is no path in the container before %q: not SRC:DST[:OPTION,...]", parts[1])
	case isVolumeName(parts[0]):
		m, err = namedVolume(parts[0])
	default:
		m = spec.Mount{Type: spec.MountBind, CreateSource: true}
		m.Source, err = parseSource(parts[0])
	}
	if err != nil {
		return m, err
	}
	if m.Target, err = parseTarget(parts[1]); err != nil {
		return m, err
	}
	if len(parts) == 3 {
		err = setVolumeOptions(&m, parts[2])
	}
	return m, err
}

// isVolumeName reports whether a source is no path of the host.
func isVolumeName(source string) bool {
	return !strings.Contains(source, "/") && !strings.HasPrefix(source, ".") && !strings.HasPrefix(source, "~")
}

// namedVolume is a volume of the store.
func namedVolume(name string) (spec.Mount, error) {
	if err := volume.CheckName(name); err != nil {
		return spec.Mount{}, err
	}
	return spec.Mount{Type: spec.MountVolume, Volume: &spec.Volume{Name: name}}, nil
}

func isVolumeOptions(s string) bool { return setVolumeOptions(&spec.Mount{}, s) == nil }

// setVolumeOptions sets the options of -v. There may be one of each kind.
func setVolumeOptions(m *spec.Mount, options string) error {
	seen := map[string]string{}
	for option := range strings.SplitSeq(options, ",") {
		kind, err := setVolumeOption(m, option)
		if err != nil {
			return err
		}
		if other, is := seen[kind]; is {
			return fmt.Errorf("%q and %q cannot stand together", other, option)
		}
		seen[kind] = option
	}
	return nil
}

// setVolumeOption sets one option and tells of which kind it is.
func setVolumeOption(m *spec.Mount, option string) (kind string, err error) {
	switch option {
	case "ro", "rw":
		m.ReadOnly = option == "ro"
		return "access", nil
	case "z":
		m.Relabel = spec.RelabelShared
		return "label", nil
	case "Z":
		m.Relabel = spec.RelabelPrivate
		return "label", nil
	case "U":
		m.Chown = true
	case "noexec":
		m.NoExec = true
	case "nosuid":
		m.NoSuid = true
	case "nodev":
		m.NoDev = true
	case "consistent", "cached", "delegated": // of Docker on other systems; here it has no meaning
		return "consistency", nil
	case "nocopy":
		if m.Volume == nil {
			return "", errors.New(`"nocopy" is for named volumes: nothing is copied to a directory of the host`)
		}
		m.Volume.NoCopy = true
	case "O":
		return "", errors.New(`"O" (podman's overlay of a volume) is not there: "ro" keeps the source as it is`)
	default:
		if !spec.IsPropagation(option) {
			return "", fmt.Errorf("unknown option %q (ro, rw, nocopy, z, Z, U, noexec, nosuid, nodev, private, rprivate, slave, rslave, shared and rshared are known)", option)
		}
		if m.Volume != nil {
			return "", fmt.Errorf("%q is for directories of the host: nothing is mounted in a named volume", option)
		}
		m.Propagation = option
		return "propagation", nil
	}
	return option, nil
}
