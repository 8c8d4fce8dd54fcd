package spec

import (
	"errors"
	"fmt"

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

// UserNamespace is a new user namespace and who is in it. Empty lists stand for
// all that the caller can give: every id of its own user namespace where it may
// (CAP_SETUID), otherwise the caller as root, and the subordinate ids that
// /etc/subuid and /etc/subgid give it, if there is a newuidmap and a newgidmap.
type UserNamespace struct{ UIDs, GIDs []IDMap }
