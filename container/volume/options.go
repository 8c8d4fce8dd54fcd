package volume

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// Backing is what a volume is made of, as its options say; the zero value is its directory in
// the store.
type Backing struct {
	// Tmpfs is whether each container has an empty directory in memory; Data are its options,
	// for mount(2).
	Tmpfs bool
	Data  string
	// Device is a directory of the host that is mounted in place of that in the store, "" for none;
	// Recursive is whether what is mounted below is, too.
	Device    string
	Recursive bool
	// ReadOnly, NoExec, NoSuid and NoDev are flags of the mount.
	ReadOnly, NoExec, NoSuid, NoDev bool
}

// The options of Docker's driver local.
const (
	optionType   = "type"
	optionDevice = "device"
	optionO      = "o"
)

// ParseOptions reads the options of a volume, which are those of Docker's driver local. What
// is known are a tmpfs and a directory of the host: those are mounted for each container.
// Whatever else could be mounted would have to be mounted on the host, by somebody who stays.
func ParseOptions(options map[string]string) (b Backing, err error) {
	if len(options) == 0 {
		return b, nil
	}
	if err := checkOptions(options); err != nil {
		return b, err
	}
	kind, device := options[optionType], options[optionDevice]
	if kind != "tmpfs" && kind != "none" && kind != "bind" {
		return b, fmt.Errorf("type=%s: only tmpfs, and a directory of the host (type=none, o=bind), can be mounted: mount it on the host, "+
			"and name where as the device", utils.Shortened(kind))
	}
	bound, err := b.setFlags(options[optionO], kind == "tmpfs")
	switch {
	case err != nil:
		return b, err
	case kind == "tmpfs" && bound:
		return b, errors.New("type=tmpfs and o=bind cannot stand together")
	case kind == "tmpfs":
		b.Tmpfs = true
		return b, nil
	case !bound:
		return b, fmt.Errorf("type=%s takes o=bind: the device is a directory of the host", kind)
	case !path.IsAbs(device) || strings.ContainsRune(device, 0):
		return b, fmt.Errorf("device %q is not an absolute path", utils.Shortened(device))
	}
	b.Device = path.Clean(device)
	return b, nil
}

// checkOptions refuses options that are not known, and those that are not enough.
func checkOptions(options map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(options)) {
		switch key {
		case optionType, optionDevice, optionO:
		case "size":
			return errors.New("quota size requested but no quota support")
		default:
			return fmt.Errorf("invalid option: %q", utils.Shortened(key))
		}
	}
	for _, key := range []string{optionDevice, optionType} {
		if options[key] == "" {
			return fmt.Errorf("missing required option: %q", key)
		}
	}
	return nil
}

// setFlags reads the options of mount(8).
func (b *Backing) setFlags(text string, tmpfs bool) (bound bool, err error) {
	var data []string
	for word := range strings.SplitSeq(text, ",") {
		switch word {
		case "", "defaults", "rw", "exec", "suid", "dev", "relatime", "private", "rprivate": // as it is anyway
		case "bind", "rbind":
			bound, b.Recursive = true, b.Recursive || word == "rbind"
		case "ro":
			b.ReadOnly = true
		case "noexec":
			b.NoExec = true
		case "nosuid":
			b.NoSuid = true
		case "nodev":
			b.NoDev = true
		default:
			if !tmpfs {
				return false, fmt.Errorf("o=%s: bind, rbind, ro, noexec, nosuid and nodev are known", utils.Shortened(word))
			}
			if err := checkTmpfs(word); err != nil {
				return false, err
			}
			data = append(data, word)
		}
	}
	b.Data = strings.Join(data, ",")
	return bound, nil
}

// checkTmpfs checks an option that the kernel gets.
func checkTmpfs(word string) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "size", "nr_inodes", "nr_blocks":
		digits := strings.TrimRight(value, "kKmMgG")
		if key == "size" {
			digits = strings.TrimSuffix(digits, "%")
		}
		_, err = strconv.ParseUint(digits, 10, 64)
	case "mode":
		_, err = strconv.ParseUint(value, 8, 12)
	case "uid", "gid":
		_, err = strconv.ParseUint(value, 10, 32)
	default:
		return fmt.Errorf("o=%s: for a tmpfs ro, noexec, nosuid, nodev, size=, mode=, uid=, gid=, nr_inodes= and nr_blocks= are known", utils.Shortened(word))
	}
	if err != nil {
		return fmt.Errorf("o=%s: %q is no value of it", key, utils.Shortened(value))
	}
	return nil
}
