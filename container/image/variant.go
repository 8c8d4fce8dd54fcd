package image

import (
	"encoding/hex"
	"fmt"
	"hash"
	"hash/fnv"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// Variant says for whom a layer was unpacked: files belong to other ids of the host, and
// overlayfs marks what is deleted in another way, where a container has a user namespace.
// The zero value is the host's own ids.
type Variant string

// NewVariant is the variant for a user namespace with these maps, each as the text that
// the kernel shows of it (user_namespaces(7)): "0 100000 65536".
func NewVariant(uidMap, gidMap string) Variant {
	hash := fnv.New64a()
	for _, text := range []string{uidMap, gidMap} {
		hash.Write([]byte(strings.Join(strings.Fields(text), " ") + "\n"))
	}
	return Variant(hexOf(hash))
}

// OwnVariant is the variant of who has no user namespace made: "" on the host, and another
// where mydocker itself is in one, as in a container.
func OwnVariant() (Variant, error) {
	var maps [2]string
	for n, file := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		text, err := utils.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("open %s: %w", file, err)
		}
		maps[n] = strings.Join(strings.Fields(text), " ")
	}
	if whole := "0 0 4294967295"; maps == [2]string{whole, whole} {
		return "", nil
	}
	return NewVariant(maps[0], maps[1]), nil
}

// UserXattr reports whether overlayfs marks files by attributes of users (userxattr).
func (v Variant) UserXattr() bool { return v != "" }

// OverlayXattr is the attribute by which overlayfs marks a file: "opaque" for example.
func (v Variant) OverlayXattr(mark string) string {
	if v.UserXattr() {
		return "user.overlay." + mark
	}
	return "trusted.overlay." + mark
}

// dir is the name of the directory with the layers of a variant.
func (v Variant) dir() string {
	if v == "" {
		return "host"
	}
	return "user-" + string(v)
}

// ParseVariantDir is the variant of a directory of layers, by its name.
func ParseVariantDir(name string) (v Variant, is bool) {
	if name == Variant("").dir() {
		return "", true
	}
	text := strings.TrimPrefix(name, "user-")
	if v = Variant(text); v.dir() != name || len(text) != 16 || !isHex(text) {
		return "", false
	}
	return v, true
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
