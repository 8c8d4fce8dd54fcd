package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// IDMap makes Size ids of the host, from Host on, those from Container on of a
// user namespace (user_namespaces(7)).
type IDMap struct{ Container, Host, Size uint32 }

func (m IDMap) String() string { return fmt.Sprintf("%d %d %d", m.Container, m.Host, m.Size) }

// Validate checks that the range is one: of at least one id, and none behind the
// last of 32 bits, which is no id.
func (m IDMap) Validate() error {
	if m.Size == 0 {
		return errors.New("a range of no ids")
	}
	if uint64(m.Container)+uint64(m.Size) > utils.MaxIDs || uint64(m.Host)+uint64(m.Size) > utils.MaxIDs {
		return fmt.Errorf("the range goes beyond the last id, %d", uint32(utils.MaxIDs-1))
	}
	return nil
}

// HostID is what an id of a user namespace is outside of it, if it is mapped.
func HostID(maps []IDMap, id uint32) (host uint32, mapped bool) {
	for _, m := range maps {
		if id >= m.Container && id-m.Container < m.Size {
			return m.Host + id - m.Container, true
		}
	}
	return 0, false
}

// Lines are maps as the kernel reads them, a line each.
func Lines(maps []IDMap) []string {
	list := make([]string, 0, len(maps))
	for _, m := range maps {
		list = append(list, m.String())
	}
	return list
}

// The kernel takes so many ranges (since Linux 4.15), in a text that is shorter than
// the smallest page.
const (
	maxRanges = 340
	mapPage   = 4096
)

// Fits reports whether the kernel takes so much as one map.
func Fits(maps []IDMap) bool {
	return len(maps) <= maxRanges && len(text(maps)) < mapPage
}

func text(maps []IDMap) string { return strings.Join(Lines(maps), "\n") }

// ValidateMap checks what the kernel would refuse with EINVAL for all reasons.
func ValidateMap(maps []IDMap) error {
	switch {
	case len(maps) > maxRanges:
		return fmt.Errorf("%d ranges are more than the kernel's %d", len(maps), maxRanges)
	case !Fits(maps):
		return fmt.Errorf("%d ranges are %d bytes for the kernel, which takes less than %d", len(maps), len(text(maps)), mapPage)
	}
	for n, m := range maps {
		for _, other := range maps[:n] {
			if m.Overlaps(other) {
				return fmt.Errorf("the ranges %d:%d:%d and %d:%d:%d overlap", other.Container, other.Host, other.Size, m.Container, m.Host, m.Size)
			}
		}
	}
	return nil
}

// Overlaps reports whether there is an id, inside or outside, that both have.
func (m IDMap) Overlaps(other IDMap) bool {
	return overlap(m.Container, other.Container, m.Size, other.Size) || overlap(m.Host, other.Host, m.Size, other.Size)
}

func overlap(first, second, firstSize, secondSize uint32) bool {
	return uint64(first) < uint64(second)+uint64(secondSize) && uint64(second) < uint64(first)+uint64(firstSize)
}

// UserNamespace is a new user namespace and who is in it. Two empty lists stand for
// what the caller has to give: where it may map any id (CAP_SETUID), the subordinate
// ids that /etc/subuid and /etc/subgid give it, or every id of its own user namespace
// as it is; otherwise the caller as root, and the subordinate ids if there is a
// newuidmap and a newgidmap. Where one is empty, it is like the other for a caller who
// may map any id, and the caller alone for others.
type UserNamespace struct{ UIDs, GIDs []IDMap }

// Asked reports whether the maps are the user's own.
func (u *UserNamespace) Asked() bool { return len(u.UIDs) > 0 || len(u.GIDs) > 0 }

func (u *UserNamespace) validate() error {
	if u == nil {
		return nil
	}
	if err := ValidateMap(u.UIDs); err != nil {
		return fmt.Errorf("user ids: %w", err)
	}
	if err := ValidateMap(u.GIDs); err != nil {
		return fmt.Errorf("group ids: %w", err)
	}
	return nil
}
