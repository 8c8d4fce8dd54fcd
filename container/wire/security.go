package wire

import (
	"fmt"
	"strconv"
)

// The keys of a Security's fields.
const (
	KeyKeyring         = "keyring"           // there if the session keyring is to be a new one
	KeyCapabilities    = "capabilities"      // DROP KEEP INEFFECTIVE INHERIT RAISE AMBIENT, hexadecimal sets, each followed by a space
	KeyNoNewPrivileges = "no-new-privileges" // there if an execve is to give none
	KeyFilter          = "filter"            // the seccomp filter
	KeyFilterFlags     = "filter-flags"      // the flags of seccomp(2), hexadecimal, if there are any
	KeyOwnFilter       = "own-filter"        // there if the user has written that
	KeyPersonality     = "personality"       // hexadecimal, followed by a space
	KeyMemoryPolicy    = "memory-policy"     // MODE and words of the mask of nodes, in the same form
)

// MaxFilter is how many instructions a seccomp filter has at most (BPF_MAXINSNS).
const MaxFilter = 4096

// FilterDigits is the length of an instruction in Security.Filter.
const FilterDigits = 16

// filterNewListener is SECCOMP_FILTER_FLAG_NEW_LISTENER of seccomp(2).
const filterNewListener = 1 << 3

// MaxNodeWords is how many words of 64 bits a mask of memory nodes has at most (MAX_NUMNODES).
const MaxNodeWords = 16

// Security is what the command may not do, and what else holds for each process of its container.
// The zero value leaves everything as it is.
type Security struct {
	// Keyring asks for a session keyring of its own (keyrings(7)).
	Keyring bool
	// Capabilities are those of the command, nil for what an execve gives.
	Capabilities *Capabilities
	// NoNewPrivileges keeps an execve from giving any (PR_SET_NO_NEW_PRIVS of prctl(2)).
	NoNewPrivileges bool
	// Filter is the program of seccomp(2), FilterDigits hexadecimal digits for each
	// instruction: a number with the code as the lowest 16 bits, the two jumps above them,
	// the constant as the upper 32. Empty, there is none.
	Filter string
	// FilterFlags are flags of seccomp(2). A kernel that does not know them does without:
	// none makes the filter stricter. With SECCOMP_FILTER_FLAG_NEW_LISTENER somebody is asked
	// about calls: the parent takes the descriptor for that at StepListener.
	FilterFlags uint64
	// OwnFilter says that the filter is the user's, below which the Go runtime may not
	// be able to start.
	OwnFilter bool
	// Personality is the number of personality(2), and MemoryPolicy the mode of
	// set_mempolicy(2) and the words of its mask, the lowest first. "" leaves them as they are.
	Personality, MemoryPolicy string
}

// Listens reports whether somebody is asked about system calls.
func (s *Security) Listens() bool { return s.Filter != "" && s.FilterFlags&filterNewListener != 0 }

// Capabilities are sets of capabilities(7), capability 0 as the lowest bit.
type Capabilities struct {
	// Drop are taken out of the bounding set: nothing brings them back.
	Drop uint64
	// Keep are those that stay permitted, Ineffective those of them that are not in effect.
	Keep, Ineffective uint64
	// Inherit are those that stay inheritable, Raise those that become it, Ambient those of
	// both that become ambient: a program gets these as whoever it runs.
	Inherit, Raise, Ambient uint64
}

// fields lists s as the fields of a message.
func (s *Security) fields() (fields [][2]string) {
	if s.Keyring {
		fields = append(fields, [2]string{KeyKeyring, ""})
	}
	if c := s.Capabilities; c != nil {
		sets := fmt.Sprintf("%x %x %x %x %x %x ", c.Drop, c.Keep, c.Ineffective, c.Inherit, c.Raise, c.Ambient)
		fields = append(fields, [2]string{KeyCapabilities, sets})
	}
	if s.NoNewPrivileges {
		fields = append(fields, [2]string{KeyNoNewPrivileges, ""})
	}
	if s.Filter != "" {
		fields = append(fields, [2]string{KeyFilter, s.Filter})
	}
	if s.FilterFlags != 0 {
		fields = append(fields, [2]string{KeyFilterFlags, strconv.FormatUint(s.FilterFlags, 16)})
	}
	if s.OwnFilter {
		fields = append(fields, [2]string{KeyOwnFilter, ""})
	}
	if s.Personality != "" {
		fields = append(fields, [2]string{KeyPersonality, s.Personality})
	}
	if s.MemoryPolicy != "" {
		fields = append(fields, [2]string{KeyMemoryPolicy, s.MemoryPolicy})
	}
	return fields
}

// FilterNeedsAdmin reports whether the kernel takes the filter from who has
// CAP_SYS_ADMIN alone: without NoNewPrivileges a set-user-ID program could be misled by it
// (seccomp(2)).
func (s *Security) FilterNeedsAdmin() bool { return s.Filter != "" && !s.NoNewPrivileges }
