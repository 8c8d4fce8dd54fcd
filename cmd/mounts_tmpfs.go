package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/spec"
)

// parseTmpfs reads DST[:OPTION,...], as --tmpfs has it in Docker: its options are
// those of mount(8) that the kernel takes for a tmpfs. Unless they say otherwise it
// is noexec, nosuid and nodev. Of two for the same the last counts.
func parseTmpfs(s string) (m spec.Mount, err error) {
	target, options, _ := strings.Cut(s, ":")
	m = spec.Mount{Type: spec.MountTmpfs, NoExec: true, NoSuid: true, NoDev: true}
	if m.Target, err = parseTarget(target); err != nil {
		return m, err
	}
	var data []string // as the kernel gets them
	for option := range strings.SplitSeq(options, ",") {
		key, value, hasValue := strings.Cut(option, "=")
		if !hasValue {
			if err := setTmpfsFlag(&m, option); err != nil {
				return m, err
			}
			continue
		}
		if err := checkTmpfsOption(key, value); err != nil {
			return m, err
		}
		data = slices.DeleteFunc(data, func(other string) bool { return strings.HasPrefix(other, key+"=") })
		data = append(data, option)
	}
	m.Data = strings.Join(data, ",")
	return m, nil
}

func setTmpfsFlag(m *spec.Mount, word string) error {
	switch word {
	case "ro", "rw":
		m.ReadOnly = word == "ro"
	case "exec", "noexec":
		m.NoExec = word == "noexec"
	case "suid", "nosuid":
		m.NoSuid = word == "nosuid"
	case "dev", "nodev":
		m.NoDev = word == "nodev"
	case "", "defaults", "private", "rprivate", "async", "atime", "relatime": // as it is anyway
	default:
		return fmt.Errorf("invalid tmpfs option %q (ro, rw, exec, noexec, suid, nosuid, dev, nodev, size=, mode=, uid=, gid=, nr_inodes=, nr_blocks= and mpol= are known)", word)
	}
	return nil
}

// checkTmpfsOption checks the value of an option, which the kernel would refuse
// without a reason.
func checkTmpfsOption(key, value string) (err error) {
	switch key {
	case "size", "nr_inodes", "nr_blocks":
		digits := strings.TrimRight(value, "kKmMgG")
		if key == "size" && strings.HasSuffix(value, "%") {
			digits = strings.TrimSuffix(value, "%")
		}
		if _, parseErr := strconv.ParseUint(digits, 10, 63); parseErr != nil || len(value)-len(digits) > 1 {
			err = errors.New("not a number, with k, m or g behind it for 1024 of them and so on")
		}
	case "mode":
		err = checkMode(value)
	case "uid", "gid":
		if _, parseErr := strconv.ParseUint(value, 10, 32); parseErr != nil {
			err = errors.New("not the number of a user or group")
		}
	case "mpol": // the kernel knows the policies of its memory nodes
		if value == "" {
			err = errors.New("there is no value")
		}
	default:
		return fmt.Errorf("invalid tmpfs option %q (size, mode, uid, gid, nr_inodes, nr_blocks and mpol have a value)", key+"="+value)
	}
	if err != nil {
		return fmt.Errorf("invalid tmpfs option %q: %w", key+"="+value, err)
	}
	return nil
}

// checkMode checks the permissions of a tmpfs's root.
func checkMode(s string) error {
	if mode, err := strconv.ParseUint(s, 8, 32); err != nil || mode > 0o7777 {
		return fmt.Errorf("%q is not an octal number from 0 to 7777", s)
	}
	return nil
}
