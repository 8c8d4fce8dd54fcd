package changes

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The prefixes of the attributes by which overlayfs marks its own files, without and
// with userxattr. None of them ever reaches the host.
const (
	trustedOverlay = "trusted.overlay."
	userOverlay    = "user.overlay."
)

const (
	capability = "security.capability"
	accessACL  = "system.posix_acl_access"
	defaultACL = "system.posix_acl_default"
)

// maxXattr is the kernel's bound for a list of names, and for a value.
const maxXattr = 64 << 10

// xattrs are extended attributes (xattr(7)) by their names.
type xattrs map[string]string

// xattrs reads the extended attributes of an entry, without overlayfs's own.
func (e entry) xattrs() (xattrs, error) {
	list := make([]byte, maxXattr)
	n, err := unix.Llistxattr(e.path(), list)
	if err == unix.EOPNOTSUPP || err == nil && n == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listxattr: %w", err)
	}
	found := xattrs{}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(list[:n], []byte{0}), []byte{0}) {
		if isOverlays(string(name)) {
			continue
		}
		value, has, err := e.xattr(string(name))
		if err != nil {
			return nil, err
		}
		if has {
			found[string(name)] = value
		}
	}
	return found, nil
}

func isOverlays(name string) bool {
	return strings.HasPrefix(name, trustedOverlay) || strings.HasPrefix(name, userOverlay)
}

// xattr reads one extended attribute.
func (e entry) xattr(name string) (value string, has bool, err error) {
	buffer := make([]byte, 256)
	n, err := unix.Lgetxattr(e.path(), name, buffer)
	if err == unix.ERANGE {
		buffer = make([]byte, maxXattr)
		n, err = unix.Lgetxattr(e.path(), name, buffer)
	}
	switch err {
	case nil:
		return string(buffer[:n]), true, nil
	case unix.ENODATA, unix.EOPNOTSUPP:
		return "", false, nil
	}
	return "", false, fmt.Errorf("getxattr %s: %w", name, err)
}

// setXattrs makes the extended attributes of an entry those of want. The order does not
// matter, but that a list of access rights comes after the mode, which it sets a part of.
func (e entry) setXattrs(want xattrs) error {
	have, err := e.xattrs()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, keep := want[name]; keep || stays(name) {
			continue
		}
		if err := unix.Lremovexattr(e.path(), name); err != nil && err != unix.ENODATA {
			return fmt.Errorf("removexattr %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if value, has := have[name]; has && value == want[name] {
			continue
		}
		if err := unix.Lsetxattr(e.path(), name, []byte(want[name]), 0); err != nil {
			return fmt.Errorf("setxattr %s: %w", name, err)
		}
	}
	return nil
}
