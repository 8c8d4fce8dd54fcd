package users

import (
	"iter"
	"strconv"
	"strings"
)

// account is a line of passwd(5).
type account struct {
	name     string
	uid, gid uint32
	home     string
}

// groupEntry is a line of group(5).
type groupEntry struct {
	name    string
	gid     uint32
	members []string
}

// parsePasswd reads the lines that go as far as the group. All others are passed
// over, such as the NIS lines that begin with + or -: what is no number must not be
// taken for 0, which is root.
func parsePasswd(content string) (accounts []account) {
	for field := range entries(content, 4) {
		uid, isUID := parseID(field[2])
		gid, isGID := parseID(field[3])
		if isUID && isGID {
			home := ""
			if len(field) > 5 {
				home = field[5]
			}
			accounts = append(accounts, account{field[0], uid, gid, home})
		}
	}
	return accounts
}

// parseGroup reads the lines that are whole, as parsePasswd does.
func parseGroup(content string) (groups []groupEntry) {
	for field := range entries(content, 3) {
		gid, isGID := parseID(field[2])
		if !isGID {
			continue
		}
		group := groupEntry{name: field[0], gid: gid}
		if len(field) > 3 && field[3] != "" {
			group.members = strings.Split(field[3], ",")
		}
		groups = append(groups, group)
	}
	return groups
}

// entries yields the fields of each line that has a name and so many fields at least.
func entries(content string, least int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(content) {
			field := strings.Split(strings.TrimRight(line, "\n"), ":")
			if len(field) >= least && plainName(field[0]) && !yield(field) {
				return
			}
		}
	}
}

func plainName(name string) bool {
	return name != "" && !strings.ContainsAny(name[:1], "+-#")
}

// maxID is the largest number of a user or group, as in Docker.
const maxID = 1<<31 - 1

// parseID reads the number of a user or group, in plain decimal digits.
func parseID(s string) (id uint32, ok bool) {
	if !isNumber(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n <= maxID
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
